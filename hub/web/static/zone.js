// Tells the server in which time zone to write times. It decides nothing else.
"use strict";
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes(`hub_zone=${zone}`)) {
  document.cookie = `hub_zone=${zone}; path=/; max-age=31536000; samesite=lax`;
}
