#!/bin/sh
# Runs once, when the database is made: the accounts of the workers, the distiller and the analysts. They get their
# rights from the groups `worker`, `distiller` and `analyst`, to which `shunt init` gives them.
set -eu
psql --set ON_ERROR_STOP=1 --set worker="$WORKER_PASSWORD" --set distiller="$DISTILLER_PASSWORD" \
  --set analyst="$ANALYST_PASSWORD" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE worker NOLOGIN;
CREATE ROLE distiller NOLOGIN;
CREATE ROLE shunt_worker LOGIN PASSWORD :'worker' IN ROLE worker;
CREATE ROLE shunt_distiller LOGIN PASSWORD :'distiller' IN ROLE distiller;
CREATE ROLE analyst LOGIN PASSWORD :'analyst';
ALTER ROLE analyst SET default_transaction_read_only = on;
-- A heavy query must not keep old rows alive for the recorder.
ALTER ROLE analyst SET statement_timeout = '60s';
SQL
