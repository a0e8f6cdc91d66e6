#!/bin/sh
# Runs once, when the database is made: a role that reads everything and writes nothing.
set -eu
psql --set ON_ERROR_STOP=1 --set password="$ANALYST_PASSWORD" \
  --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE analyst LOGIN PASSWORD :'password';
GRANT pg_read_all_data TO analyst;
ALTER ROLE analyst SET default_transaction_read_only = on;
-- A heavy query must not keep old rows alive for the recorder.
ALTER ROLE analyst SET statement_timeout = '60s';
SQL
