//! One private PostgreSQL cluster per test process, and fresh databases in it.
//!
//! It keeps fsync on, as production does. Plain connections over 127.0.0.1 need no password; those
//! over TLS need one, so that a URL with `sslmode=verify-full` proves both.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, ensure};
use nix::sys::signal::Signal;
use nix::unistd::{Uid, User, chown};

use crate::certs::Authority;
use crate::guard::{Folder, Guarded};
use crate::ports;

/// The superuser of the cluster.
const SUPERUSER: &str = "postgres";
/// The password of every role made here; only TLS connections are asked for it.
const PASSWORD: &str = "kefu-test";

/// A private PostgreSQL cluster.
pub struct Postgres {
    programs: PathBuf,
    folder: Folder,
    port: u16,
    owner: Option<User>,
    server: Option<Guarded>,
}

/// A database of one test. It goes with its cluster.
pub struct Database<'a> {
    cluster: &'a Postgres,
    name: String,
}

impl Postgres {
    /// The cluster that all tests of this process share, started by the first that asks; none, with
    /// the reason printed, where PostgreSQL is not installed.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Postgres>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref()
    }

    /// A cluster for a test that stops or kills it.
    pub fn start() -> Option<Self> {
        let Some(programs) = find_programs() else {
            return crate::absent("postgres", "there is no /usr/lib/postgresql/*/bin/initdb");
        };
        Some(Self::create(programs, None).expect("a private PostgreSQL cluster can be started"))
    }

    /// A cluster with the settings and the rules of access that are shipped in the folder `deploy`, a
    /// certificate of `authority`, and no database yet.
    pub fn deployed(deploy: &Path, authority: &Authority) -> Option<Self> {
        let Some(programs) = find_programs() else {
            return crate::absent("postgres", "there is no /usr/lib/postgresql/*/bin/initdb");
        };
        let started = Self::create(programs, Some((deploy, authority)));
        Some(started.expect("a PostgreSQL cluster as deploy/ has it can be started"))
    }

    /// Where a superuser reaches it, as the variables of PostgreSQL's own programs.
    pub fn superuser(&self) -> [(&'static str, String); 3] {
        let socket = self.folder.path().display().to_string();
        [("PGHOST", socket), ("PGPORT", self.port.to_string()), ("PGUSER", SUPERUSER.to_owned())]
    }

    /// Its port on the loopback interface.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Runs statements as a role of a deployed cluster's database `kefu`, over TLS with the server
    /// verified or without TLS; the rows, columns divided by `|`, or what the server has against it.
    pub fn ask(
        &self,
        role: &str,
        password: &str,
        encrypted: bool,
        statements: &str,
    ) -> anyhow::Result<String> {
        let mut psql = self.command("psql");
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "localhost"]);
        psql.env("PGSSLMODE", if encrypted { "verify-full" } else { "disable" });
        psql.env("PGSSLROOTCERT", self.folder.join("data/ca.crt")).env("PGPASSWORD", password);
        psql.args(["-p", &self.port.to_string(), "-U", role, "-d", "kefu", "-c", statements]);
        read(&mut psql)
    }

    /// A fresh, empty database.
    pub fn database(&self) -> Database<'_> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name}")).expect("it is a new name");
        Database { cluster: self, name }
    }

    /// Ends every process of it at once, as a crash does.
    pub fn kill(&mut self) {
        self.server.take();
    }

    /// Starts it again, and waits until it has recovered.
    pub fn resume(&mut self) {
        assert!(self.server.is_none(), "PostgreSQL runs already");
        self.server = Some(self.serve().expect("PostgreSQL can be started again"));
    }

    /// A crash and the recovery from it.
    pub fn restart(&mut self) {
        self.kill();
        self.resume();
    }

    /// The authority that signed the server's certificate, PEM.
    pub fn authority(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    fn create(programs: PathBuf, shipped: Option<(&Path, &Authority)>) -> anyhow::Result<Self> {
        let folder = Folder::new("postgres");
        let owner = unprivileged_user()?;
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700))?;
        let mut cluster = Self { programs, folder, port: ports::free(), owner, server: None };
        cluster.give("")?;
        cluster.initialise()?;
        match shipped {
            Some((deploy, authority)) => cluster.configure_as(deploy, authority)?,
            None => cluster.configure()?,
        }
        cluster.server = Some(cluster.serve()?);
        Ok(cluster)
    }

    /// Makes a file of the folder the server's.
    fn give(&self, file: &str) -> anyhow::Result<()> {
        if let Some(user) = &self.owner {
            chown(&self.folder.join(file), Some(user.uid), Some(user.gid))?;
        }
        Ok(())
    }

    fn initialise(&self) -> anyhow::Result<()> {
        let done = self
            .command("initdb")
            .arg("--pgdata")
            .arg(self.folder.join("data"))
            .args(["--username", SUPERUSER, "--auth", "trust", "--no-sync"])
            .args(["--encoding", "UTF8", "--locale", "C.UTF-8"])
            .output()?;
        ensure!(done.status.success(), "initdb: {}", String::from_utf8_lossy(&done.stderr));
        Ok(())
    }

    fn configure(&self) -> anyhow::Result<()> {
        Authority::new(self.folder.path()).issue("postgres");
        for file in ["ca.pem", "postgres.pem", "postgres.key"] {
            self.give(file)?;
        }
        let file = |name: &str| self.folder.join(name).display().to_string();
        let settings = format!(
            "max_connections = 200\nssl = on\n\
             ssl_cert_file = '{}'\nssl_key_file = '{}'\nssl_ca_file = '{}'\n",
            file("postgres.pem"),
            file("postgres.key"),
            file("ca.pem")
        );
        self.settle_on(&settings)?;
        let access = "local all all trust\n\
                      hostssl all all 127.0.0.1/32 scram-sha-256\n\
                      hostnossl all all 127.0.0.1/32 trust\n";
        Ok(std::fs::write(self.folder.join("data/pg_hba.conf"), access)?)
    }

    /// What deploy/README.md tells an operator to do.
    fn configure_as(&self, deploy: &Path, authority: &Authority) -> anyhow::Result<()> {
        let own = authority.issue_to(self.folder.path(), "postgres");
        for (from, to) in [
            (&own.certificate, "data/server.crt"),
            (&own.key, "data/server.key"),
            (&own.authority, "data/ca.crt"),
        ] {
            std::fs::copy(from, self.folder.join(to))?;
            self.give(to)?;
        }
        self.settle_on(&std::fs::read_to_string(deploy.join("postgres/kefu.conf"))?)?;
        let access = std::fs::read_to_string(deploy.join("postgres/pg_hba.conf"))?;
        // The superuser of a test has no account of its name; what is shipped asks for one.
        let access = format!("local all {SUPERUSER} trust\n{access}");
        Ok(std::fs::write(self.folder.join("data/pg_hba.conf"), access)?)
    }

    /// Adds settings to those that initdb wrote.
    fn settle_on(&self, settings: &str) -> anyhow::Result<()> {
        let path = self.folder.join("data/postgresql.conf");
        let before = std::fs::read_to_string(&path)?;
        Ok(std::fs::write(path, format!("{before}\n{settings}"))?)
    }

    fn serve(&self) -> anyhow::Result<Guarded> {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.join("server.log"))?;
        let settings = [
            ("listen_addresses", "127.0.0.1".to_owned()),
            ("port", self.port.to_string()),
            ("unix_socket_directories", self.folder.path().display().to_string()),
        ];
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.folder.join("data"));
        for (name, value) in settings {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        // SIGQUIT: an immediate end of all its processes, without a checkpoint.
        let mut server = Guarded::spawn(&mut command, Signal::SIGQUIT)?;
        for _ in 0..3_000 {
            if let Some(status) = server.ended() {
                anyhow::bail!("PostgreSQL ended at start ({status}):\n{}", self.log());
            }
            if self.sql("postgres", "SELECT 1").is_ok() {
                return Ok(server);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        anyhow::bail!("PostgreSQL does not answer:\n{}", self.log())
    }

    /// What it logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("server.log")).unwrap_or_default()
    }

    /// Runs statements as the superuser; the rows, columns divided by `|`.
    fn sql(&self, database: &str, statements: &str) -> anyhow::Result<String> {
        let mut psql = self.command("psql");
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]).envs(self.superuser());
        read(psql.args(["-d", database, "-c", statements]))
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(self.folder.path()).env_clear();
        if let Some(user) = &self.owner {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        command
    }
}

impl Database<'_> {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A URL for its owner, who may do everything.
    pub fn url(&self) -> String {
        self.url_for(SUPERUSER)
    }

    /// Makes a schema and a role of that service's own, as `kefu migrate` expects them: the role owns
    /// the schema, finds it first in its search path and can reach no other. A URL for the role.
    pub fn schema(&self, service: &str) -> String {
        let (role, database) = (self.role(service), &self.name);
        let statements = format!(
            "CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}';
             CREATE SCHEMA {service} AUTHORIZATION {role};
             ALTER ROLE {role} IN DATABASE {database} SET search_path = {service};
             REVOKE ALL ON DATABASE {database} FROM PUBLIC;
             REVOKE ALL ON SCHEMA public FROM PUBLIC;
             GRANT CONNECT ON DATABASE {database} TO {role};"
        );
        self.sql(&statements).expect("a service has one schema in a database");
        self.url_for(&role)
    }

    /// The URL of `schema(service)` over TLS, with a password and with the server's certificate and
    /// name verified.
    pub fn verified_url(&self, service: &str) -> String {
        let (role, port) = (self.role(service), self.cluster.port);
        let authority = self.cluster.authority();
        format!(
            "postgres://{role}:{PASSWORD}@localhost:{port}/{}?sslmode=verify-full&sslrootcert={}",
            self.name,
            authority.display()
        )
    }

    /// Runs statements as the superuser; the rows, columns divided by `|`.
    pub fn sql(&self, statements: &str) -> anyhow::Result<String> {
        self.cluster.sql(&self.name, statements)
    }

    fn role(&self, service: &str) -> String {
        format!("{}_{service}", self.name)
    }

    fn url_for(&self, role: &str) -> String {
        let port = self.cluster.port;
        format!("postgres://{role}@127.0.0.1:{port}/{}?sslmode=disable", self.name)
    }
}

/// What psql answers.
fn read(psql: &mut Command) -> anyhow::Result<String> {
    let done = psql.output().context("psql")?;
    ensure!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Ok(String::from_utf8_lossy(&done.stdout).trim_end().to_owned())
}

/// PostgreSQL refuses to run as root; root therefore runs it as the first of these that exists.
fn unprivileged_user() -> anyhow::Result<Option<User>> {
    if !Uid::effective().is_root() {
        return Ok(None);
    }
    for name in ["postgres", "nobody"] {
        if let Some(user) = User::from_name(name)? {
            return Ok(Some(user));
        }
    }
    anyhow::bail!("root needs a user `postgres` or `nobody` to run PostgreSQL as")
}

/// The newest version installed.
fn find_programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    versions
        .filter_map(|entry| entry.ok().map(|entry| entry.path().join("bin")))
        .filter(|programs| programs.join("initdb").is_file())
        .max_by_key(|programs| version_of(programs))
}

fn version_of(programs: &Path) -> u32 {
    let version = programs.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    version.and_then(|text| text.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_has_a_schema_that_others_cannot_reach() {
        let Some(postgres) = Postgres::shared() else { return };
        let database = postgres.database();
        let url = database.schema("tickets");
        database.schema("claims");
        assert!(url.contains("_tickets@127.0.0.1"), "{url}");
        let as_tickets = |statement: &str| {
            database.sql(&format!("SET ROLE {}; {statement}", database.role("tickets")))
        };
        as_tickets("CREATE TABLE tickets.ticket (id uuid)").unwrap();
        assert!(as_tickets("CREATE TABLE claims.claim (id uuid)").is_err());
        assert!(as_tickets("CREATE TABLE public.claim (id uuid)").is_err());
        assert_eq!(database.sql("SHOW fsync").unwrap(), "on");
    }

    #[test]
    fn the_server_is_verified_by_certificate_and_password() {
        let Some(postgres) = Postgres::shared() else { return };
        let database = postgres.database();
        database.schema("tickets");
        let ask = |url: &str| {
            let mut psql = postgres.command("psql");
            psql.args([
                "-X",
                "-A",
                "-t",
                "-c",
                "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
            ]);
            psql.arg(url).output().unwrap()
        };
        let good = ask(&database.verified_url("tickets"));
        assert_eq!(String::from_utf8_lossy(&good.stdout).trim(), "t");
        let other = Folder::new("other");
        Authority::new(other.path());
        let url = database.verified_url("tickets");
        let wrong = url.replace(
            &postgres.authority().display().to_string(),
            &other.join("ca.pem").display().to_string(),
        );
        assert!(!ask(&wrong).status.success());
        assert!(!ask(&url.replace(PASSWORD, "guess")).status.success());
    }

    #[test]
    fn committed_rows_survive_a_crash() {
        let Some(mut postgres) = Postgres::start() else { return };
        let name = postgres.database().name;
        postgres.sql(&name, "CREATE TABLE kept AS SELECT 7 AS n").unwrap();
        postgres.restart();
        assert_eq!(postgres.sql(&name, "SELECT n FROM kept").unwrap(), "7");
    }
}
