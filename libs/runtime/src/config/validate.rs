//! Rules between keys: what each value must satisfy that its type does not say.

use std::net::IpAddr;
use std::path::Path;

use http::Uri;
use kefu_kernel::Zone;

use super::load::Problem;
use super::model::{Config, Database};
use super::values::SecretRef;

/// Everything that is wrong with `config` where the binary holds the services `known`.
pub(super) fn validate(config: &Config, known: &[&str]) -> Vec<Problem> {
    let mut check = Check { config, known, problems: Vec::new() };
    check.services();
    check.public();
    check.bus();
    check.retention();
    check.keys();
    check.telemetry();
    check.limits();
    check.clock();
    check.company();
    if config.is_split(known) {
        check.split();
    }
    check.problems
}

impl Config {
    /// The services that run in this process, of all that the binary holds.
    pub fn chosen<'a>(&self, known: &[&'a str]) -> Vec<&'a str> {
        let wanted = |name: &&str| self.services.0.is_empty() || self.runs(name);
        known.iter().copied().filter(wanted).collect()
    }

    /// Whether some services run in other processes.
    pub fn is_split(&self, known: &[&str]) -> bool {
        self.chosen(known).len() < known.len() || self.listen.internal.is_some()
    }

    fn runs(&self, name: &str) -> bool {
        self.services.0.iter().any(|wanted| wanted == name)
    }
}

struct Check<'a> {
    config: &'a Config,
    known: &'a [&'a str],
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn wrong(&mut self, key: &str, text: impl Into<String>, hint: &str) {
        self.problems.push(Problem::new(key, text, hint));
    }

    fn services(&mut self) {
        let known = self.known.join(", ");
        for name in &self.config.services.0 {
            if !self.known.contains(&name.as_str()) {
                let text = format!("there is no service `{name}`");
                self.wrong("services", text, &format!("known: {known}"));
            }
        }
        for (name, section) in &self.config.service {
            if !self.known.contains(&name.as_str()) {
                let hint = format!("known: {known}");
                self.wrong(&format!("service.{name}"), "there is no such service", &hint);
            }
            for address in &section.addresses.0 {
                if !is_url(address, &["https"]) {
                    let text = format!("`{address}` is no address of a process");
                    self.wrong(&format!("service.{name}.addresses"), text, "https://HOST:PORT");
                }
            }
            self.database(name, &section.database);
        }
    }

    fn database(&mut self, service: &str, database: &Database) {
        let key = |field: &str| format!("service.{service}.database.{field}");
        self.secret(&key("password"), database.password.as_ref());
        self.file(&key("ca"), database.ca.as_deref());
        if !(1..=1000).contains(&database.connections) {
            self.wrong(&key("connections"), "must be 1 to 1000", "");
        }
        let Some(url) = &database.url else { return };
        let Ok(uri) = url.parse::<Uri>() else {
            return self.wrong(&key("url"), "is no URL", "postgres://ROLE@HOST:PORT/DATABASE");
        };
        if !matches!(uri.scheme_str(), Some("postgres" | "postgresql")) {
            self.wrong(&key("url"), "is not postgres://", "unset it for SQLite in the data folder");
        }
        let user = uri.authority().and_then(|authority| authority.as_str().split_once('@'));
        if user.is_some_and(|(user, _)| user.contains(':')) {
            self.wrong(&key("url"), "holds a password", "say where it is in database.password");
        }
        let verified = database.ca.is_some() || url.contains("sslmode=verify-full");
        if !verified && !uri.host().is_some_and(is_loopback) {
            let hint = "name the server's authority in database.ca";
            self.wrong(&key("url"), "leaves this machine unverified", hint);
        }
    }

    fn public(&mut self) {
        let public = &self.config.public;
        self.pair("public", public.cert.as_deref(), public.key.as_deref());
        let open = !self.config.listen.public.ip().is_loopback();
        if open && public.cert.is_none() && !public.plaintext {
            let hint = "give public.cert and public.key, or set public.plaintext behind a proxy";
            self.wrong("listen.public", "other machines would connect without TLS", hint);
        }
        for origin in &public.allowed_origins.0 {
            if let Err(error) = kefu_rpc::cors(std::slice::from_ref(origin)) {
                let hint = "https://HOST, with :PORT where it is not the usual one, and no path";
                self.wrong("public.allowed_origins", error.to_string(), hint);
            }
        }
    }

    fn retention(&mut self) {
        if self.config.retention.events_months.is_some_and(|months| !(1..=1200).contains(&months)) {
            let hint = "leave it out to keep all months";
            self.wrong("retention.events_months", "must be 1 to 1200", hint);
        }
    }

    fn bus(&mut self) {
        let nats = &self.config.bus.nats;
        for url in &nats.urls.0 {
            let loopback = url.parse::<Uri>().is_ok_and(|uri| uri.host().is_some_and(is_loopback));
            if !is_url(url, &["nats", "tls"]) {
                let text = format!("`{url}` is no address of a server");
                self.wrong("bus.nats.urls", text, "tls://HOST:PORT");
            } else if !loopback && !url.starts_with("tls:") {
                self.wrong("bus.nats.urls", format!("`{url}` is not encrypted"), "use tls://");
            }
        }
        self.file("bus.nats.ca", nats.ca.as_deref());
        self.pair("bus.nats", nats.cert.as_deref(), nats.key.as_deref());
        self.file("bus.nats.credentials", nats.credentials.as_deref());
        if !(1..=5).contains(&nats.replicas) {
            self.wrong("bus.nats.replicas", "must be 1 to 5", "");
        }
    }

    fn keys(&mut self) {
        self.secret("keys.ring", self.config.keys.ring.as_ref());
        for peer in &self.config.keys.peers.0 {
            self.file("keys.peers", Some(Path::new(peer)));
        }
    }

    fn telemetry(&mut self) {
        let telemetry = &self.config.telemetry;
        self.file("telemetry.ca", telemetry.ca.as_deref());
        if telemetry.endpoint.as_ref().is_some_and(|url| !is_url(url, &["http", "https"])) {
            self.wrong("telemetry.endpoint", "is no URL", "http://HOST:PORT or https://HOST:PORT");
        }
        if !(0.0..=1.0).contains(&telemetry.sample_ratio) {
            self.wrong("telemetry.sample_ratio", "must be from 0 to 1", "");
        }
        if telemetry.metrics_interval.duration().is_zero() {
            self.wrong("telemetry.metrics_interval", "must be more than nothing", "");
        }
    }

    fn limits(&mut self) {
        let limits = &self.config.limits;
        let counts = [
            ("limits.streams_per_connection", limits.streams_per_connection),
            ("limits.calls_in_flight", limits.calls_in_flight),
            ("limits.connections", limits.connections),
            ("limits.connections_per_address", limits.connections_per_address),
            ("limits.streams", limits.streams),
            ("limits.calls_per_second", limits.calls_per_second),
            ("limits.calls_burst", limits.calls_burst),
        ];
        let periods = [
            ("limits.handshake", limits.handshake),
            ("limits.deadline", limits.deadline),
            ("limits.watch", limits.watch),
            ("limits.watch_heartbeat", limits.watch_heartbeat),
            ("limits.connection_age", limits.connection_age),
        ];
        for (key, _) in counts.iter().filter(|(_, count)| *count == 0) {
            self.wrong(key, "must be more than nothing", "");
        }
        for (key, _) in periods.iter().filter(|(_, period)| period.duration().is_zero()) {
            self.wrong(key, "must be more than nothing", "");
        }
        if limits.deadline > limits.deadline_max {
            self.wrong("limits.deadline", "is longer than limits.deadline_max", "");
        }
        if limits.watch_heartbeat >= limits.watch {
            self.wrong("limits.watch_heartbeat", "is not shorter than limits.watch", "");
        }
    }

    fn clock(&mut self) {
        let clock = &self.config.clock;
        if clock.file.is_some() && !clock.allow_offset {
            let hint = "only for demonstrations and tests: set clock.allow_offset";
            self.wrong("clock.file", "a moved clock is not allowed here", hint);
        }
    }

    fn company(&mut self) {
        let company = &self.config.company;
        if Zone::named(&company.zone).is_err() {
            let text = format!("there is no zone `{}`", company.zone);
            self.wrong("company.zone", text, "an IANA name such as Europe/Madrid");
        } else if let Err(error) = company.calendar() {
            self.wrong("company.work_hours", error, "work_hours = 09:00-13:00,15:00-19:00");
        }
        if company.name.trim().is_empty() {
            self.wrong("company.name", "is empty", "");
        }
    }

    /// What a process needs whose neighbours are other processes.
    fn split(&mut self) {
        let (config, known) = (self.config, self.known);
        let internal = &config.internal;
        self.pair("internal", internal.cert.as_deref(), internal.key.as_deref());
        self.file("internal.ca", internal.ca.as_deref());
        let hint = "processes of one installation talk by mutual TLS";
        for (key, given) in [
            ("internal.cert", internal.cert.is_some()),
            ("internal.key", internal.key.is_some()),
            ("internal.ca", internal.ca.is_some()),
            ("listen.internal", config.listen.internal.is_some()),
        ] {
            if !given {
                self.wrong(key, "is needed where services are in several processes", hint);
            }
        }
        if config.bus.nats.urls.0.is_empty() {
            self.wrong("bus.nats.urls", "is needed to carry events between processes", "");
        }
        if config.keys.ring.is_none() {
            self.wrong("keys.ring", "is needed beside other processes", "`kefu key new` makes one");
        }
        let chosen = config.chosen(known);
        for name in known {
            let section = config.service(name);
            let here = chosen.contains(name);
            if here && section.database.url.is_none() {
                let key = format!("service.{name}.database.url");
                self.wrong(&key, "is needed: a SQLite file serves one process", "postgres://…");
            }
            if !here && section.addresses.0.is_empty() {
                let key = format!("service.{name}.addresses");
                self.wrong(&key, "is needed: the service runs elsewhere", "https://HOST:PORT");
            }
        }
    }

    /// A certificate and its key come together.
    fn pair(&mut self, section: &str, cert: Option<&Path>, key: Option<&Path>) {
        if cert.is_some() != key.is_some() {
            let at = format!("{section}.{}", if cert.is_some() { "key" } else { "cert" });
            self.wrong(&at, "certificate and key come together", "give both or none");
        }
        self.file(&format!("{section}.cert"), cert);
        self.file(&format!("{section}.key"), key);
    }

    fn file(&mut self, key: &str, path: Option<&Path>) {
        if let Some(path) = path
            && let Err(error) = std::fs::File::open(path)
        {
            self.wrong(key, format!("cannot read {}: {error}", path.display()), "");
        }
    }

    fn secret(&mut self, key: &str, place: Option<&SecretRef>) {
        if let Some(Err(error)) = place.map(SecretRef::read) {
            self.wrong(key, error.to_string(), "");
        }
    }
}

/// Whether `text` is a URL of one of `schemes` with a host and a port.
fn is_url(text: &str, schemes: &[&str]) -> bool {
    text.parse::<Uri>().is_ok_and(|uri| {
        uri.scheme_str().is_some_and(|scheme| schemes.contains(&scheme))
            && uri.port_u16().is_some()
            && uri.host().is_some_and(|host| !host.is_empty())
    })
}

fn is_loopback(host: &str) -> bool {
    let plain = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || plain.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
