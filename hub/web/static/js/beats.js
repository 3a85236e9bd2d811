// A clock for a page: several beats fit into the shortest silence after which the hub takes somebody for gone.
const BEAT_MS = 20_000;

setInterval(() => postMessage("beat"), BEAT_MS);
