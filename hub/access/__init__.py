"""Who may do what: passwords, sessions, API tokens, users, groups, organizations, and the table of permissions.

Use cases here are plain functions `verb(services, actor, …)`. Each names the permission it needs; `require` is the only
place that decides. Ids of another organization are not found, because every query is bound to the actor's own.
"""
