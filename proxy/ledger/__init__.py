"""The ledger in SQL: what each package looked like when first seen, kept over restarts (SQLite; PostgreSQL by URL)."""
