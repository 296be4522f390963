"""Alembic migrations of logflume's database."""
