-- What one service of Kefu needs in PostgreSQL: the database that all share, a role of its own, and a
-- schema that only this role can use. Run it once per service, as a superuser; again does no harm.
--
--   KEFU_DB_PASSWORD=... psql -X -d postgres -v service=tickets -f init.sql
--
-- Variables: service (needed); database (kefu); role (kefu_<service>).
-- Environment: KEFU_DB_PASSWORD, the role's password; without one the role can only come in by
-- certificate.
\set ON_ERROR_STOP on
\if :{?service}
\else
  DO $$ BEGIN RAISE EXCEPTION 'name the service: -v service=tickets'; END $$;
\endif
\if :{?database}
\else
  \set database kefu
\endif
\if :{?role}
\else
  \set role kefu_ :service
\endif
SET client_min_messages = warning;
\set password ''
\getenv password KEFU_DB_PASSWORD

-- Text is compared bytewise, so that SQLite and PostgreSQL order it alike.
SELECT format('CREATE DATABASE %I TEMPLATE template0 ENCODING ''UTF8'' LC_COLLATE ''C'' LC_CTYPE ''C''',
              :'database')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec

SELECT format('CREATE ROLE %I', :'role')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
ALTER ROLE :"role" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT;
SET log_statement = 'none';
SELECT format('ALTER ROLE %I PASSWORD %L', :'role', :'password') WHERE :'password' <> '' \gexec
RESET log_statement;

-- Nobody but the services' roles comes in, and each finds only its own schema.
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO :"role";
ALTER ROLE :"role" IN DATABASE :"database" SET search_path = :"service";

\connect :database
SET client_min_messages = warning;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA IF NOT EXISTS :"service" AUTHORIZATION :"role";
ALTER SCHEMA :"service" OWNER TO :"role";
REVOKE ALL ON SCHEMA :"service" FROM PUBLIC;
