"""Channel adapters: one folder a kind. They know no other adapter, no database, no queue."""
