#!/bin/sh
# Run once by the PostgreSQL image on an empty volume: the tables' owner, which is no superuser (policies don't bind
# one), the app's role without any right to change tables, and the database.
set -eu
psql -v ON_ERROR_STOP=1 -v owner="$(cat /run/secrets/owner)" -v app="$(cat /run/secrets/app)" \
    --username postgres --dbname postgres <<'SQL'
create role involinks_owner login nosuperuser nobypassrls password :'owner';
create role involinks_app login nosuperuser nobypassrls password :'app';
create database involinks owner involinks_owner;
revoke all on database involinks from public;
grant connect on database involinks to involinks_app;
SQL
