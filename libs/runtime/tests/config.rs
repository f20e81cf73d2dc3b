//! The configuration as a person meets it: the order of its sources, and every mistake named at once.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use kefu_runtime::config::{ConfigArgs, Loaded, OptionsType, SecretRef, load};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options as a service declares them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct TicketsOptions {
    /// Days after which a closed ticket can no longer be reopened.
    reopen_days: u32,
}

impl Default for TicketsOptions {
    fn default() -> Self {
        Self { reopen_days: 14 }
    }
}

/// Loads `toml` as the file, with variables and `--set` flags.
fn read(toml: &str, variables: &[(&str, &str)], set: &[&str]) -> Loaded {
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let file = folder.path().join("kefu.toml");
    std::fs::write(&file, toml).expect("it is writable");
    let args = ConfigArgs {
        config: Some(file),
        set: set.iter().map(|pair| (*pair).to_owned()).collect(),
        ..ConfigArgs::default()
    };
    let services = BTreeMap::from([
        ("gateway", None),
        ("tickets", Some(OptionsType::of::<TicketsOptions>())),
        ("reporting", None),
    ]);
    let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    load(&args, owned, &services)
}

fn keys_of(loaded: &Loaded) -> Vec<&str> {
    loaded.problems.iter().map(|problem| problem.key.as_str()).collect()
}

#[test]
fn flags_stand_over_variables_over_the_file_over_defaults() {
    let loaded = read(
        "services = ['gateway', 'tickets', 'reporting']
         [limits]\ndeadline = '4s'\nwatch = '5m'\nconnections = 50
         [service.tickets.options]\nreopen_days = 3",
        &[
            ("KEFU_LIMITS__WATCH", "6m"),
            ("KEFU_LIMITS__CONNECTIONS", "60"),
            ("KEFU_COMPANY__NAME", "12"),
            ("KEFU_TEST_DATA", "/nowhere"),
            ("HOME", "/root"),
        ],
        &["limits.connections=70", "public.plaintext=true"],
    );
    assert_eq!(loaded.problems, []);
    let config = &loaded.config;
    assert_eq!(config.limits.deadline.duration(), Duration::from_secs(4));
    assert_eq!(config.limits.watch.duration(), Duration::from_secs(360));
    assert_eq!(config.limits.connections, 70);
    assert!(config.public.plaintext);
    assert_eq!(config.company.name, "12");
    assert_eq!(config.limits.streams_per_connection, 128);
    assert_eq!(config.options.get::<TicketsOptions>("tickets").reopen_days, 3);
    assert_eq!(config.services.0, ["gateway", "tickets", "reporting"]);
}

#[test]
fn what_was_read_is_printed_with_its_source() {
    let loaded =
        read("[limits]\ndeadline = '4s'", &[("KEFU_KEYS__RING", "env:PATH")], &["limits.watch=6m"]);
    let printed = loaded.print();
    let line = |key: &str| {
        let found = printed.lines().find(|line| line.starts_with(key));
        found.unwrap_or_else(|| panic!("no {key} in\n{printed}")).to_owned()
    };
    assert!(line("limits.deadline =").contains("kefu.toml"), "{printed}");
    assert_eq!(line("limits.watch ="), "limits.watch = \"6m\"  # flag");
    assert_eq!(line("keys.ring ="), "keys.ring = \"env:PATH\"  # KEFU_KEYS__RING");
    assert_eq!(line("limits.connections ="), "limits.connections = 10000  # default");
    assert_eq!(loaded.config.keys.ring, Some(SecretRef::Env("PATH".into())));
}

#[test]
fn every_mistake_is_named_at_once() {
    let loaded = read(
        "data_dirr = 'x'
         services = ['ticket']
         [listen]\npublic = 'nowhere'\ninternl = '127.0.0.1:1'
         [limits]\ndeadline = '40s'\nconnections = 'many'\nhandshake = 'soon'
         [company]\nzone = 'Mars/Olympus'
         [keys]\nring = 'hunter2'
         [clock]\nfile = '/tmp/clock'
         [service.tickets.database]\nurl = 'postgres://kefu:hunter2@db.example/kefu'
         [service.tickets.options]\nreopen_days = 'never'
         [service.nobody.database]\nconnections = 4
         [telemetry]\nsample_ratio = 7\nendpoint = 'collector'",
        &[("KEFU_LIMITS__CONECTIONS", "3")],
        &["no-equals-sign"],
    );
    let expected = [
        "--set",
        "clock.file",
        "company.zone",
        "data_dirr",
        "keys.ring",
        "limits.conections",
        "limits.connections",
        "limits.deadline",
        "limits.handshake",
        "listen.internl",
        "listen.public",
        "service.nobody",
        "service.tickets.database.url",
        "service.tickets.options.reopen_days",
        "services",
        "telemetry.endpoint",
        "telemetry.sample_ratio",
    ];
    let mut keys = keys_of(&loaded);
    keys.dedup();
    keys.retain(|key| !key.starts_with("internal") && !key.starts_with("bus"));
    let others = ["listen.internal", "service.gateway.", "service.reporting.", "service.tickets.a"];
    keys.retain(|key| !others.iter().any(|other| key.starts_with(other)));
    assert_eq!(keys, expected);
    let text: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
    let text = text.join("\n");
    assert!(!text.contains("hunter2"), "a secret is told: {text}");
    assert!(text.contains("known there: internal, public"), "no hint: {text}");
    assert!(text.contains("KEFU_LIMITS__CONECTIONS"), "no source: {text}");
    assert!(!loaded.print().contains("hunter2"), "a secret is printed");
}

#[test]
fn a_file_that_is_no_toml_is_named_with_its_place() {
    let loaded = read("[limits\n", &[], &[]);
    assert_eq!(loaded.problems.len(), 1, "{:?}", loaded.problems);
    assert!(loaded.problems[0].to_string().contains("kefu.toml"), "{}", loaded.problems[0]);
}

#[test]
fn one_process_needs_nothing_and_several_need_each_other() {
    assert_eq!(read("", &[], &[]).problems, []);
    let split = read("services = ['tickets']", &[], &[]);
    assert_eq!(
        keys_of(&split),
        [
            "bus.nats.urls",
            "internal.ca",
            "internal.cert",
            "internal.key",
            "keys.ring",
            "listen.internal",
            "service.gateway.addresses",
            "service.reporting.addresses",
            "service.tickets.database.url",
        ]
    );
}

#[test]
fn a_process_of_several_is_satisfied_with_all_of_it() {
    let here = tempfile::tempdir().unwrap();
    let file = |name: &str| {
        let path = here.path().join(name);
        std::fs::write(&path, "x").unwrap();
        path.display().to_string()
    };
    let toml = format!(
        "services = 'tickets'
         listen.internal = '0.0.0.0:7701'
         internal = {{ cert = '{0}', key = '{0}', ca = '{0}' }}
         keys.ring = 'file:{0}'
         bus.nats = {{ urls = ['tls://bus.example:4222'], cert = '{0}', key = '{0}' }}
         service.gateway.addresses = ['https://a.example:7701', 'https://b.example:7701']
         service.reporting.addresses = 'https://c.example:7701'
         service.tickets.database = {{ url = 'postgres://t@db.example/kefu', ca = '{0}' }}",
        file("any")
    );
    assert_eq!(read(&toml, &[], &[]).problems, []);
    let unverified = read(&toml.replace(", ca = '", ", password = 'file:"), &[], &[]);
    assert!(
        unverified.problems.iter().any(|problem| problem.text.contains("unverified")),
        "{:?}",
        unverified.problems
    );
}

#[test]
fn what_other_machines_reach_is_encrypted() {
    let open = read("listen.public = '0.0.0.0:443'", &[], &[]);
    assert_eq!(keys_of(&open), ["listen.public"]);
    let proxied = read("listen.public = '0.0.0.0:443'\npublic.plaintext = true", &[], &[]);
    assert_eq!(proxied.problems, []);
    let half = read("public.cert = '/no/such/file'", &[], &[]);
    assert_eq!(keys_of(&half), ["public.cert", "public.key"]);
    assert!(!Path::new("/no/such/file").exists());
    let plain = read("bus.nats.urls = ['nats://bus.example:4222']", &[], &[]);
    assert_eq!(keys_of(&plain), ["bus.nats.urls"]);
}

#[test]
fn pages_that_may_call_are_named_by_origin() {
    let named =
        read("public.allowed_origins = 'https://a.example, http://localhost:8080'", &[], &[]);
    assert_eq!(named.problems, []);
    let origins = &named.config.public.allowed_origins.0;
    assert_eq!(*origins, ["https://a.example", "http://localhost:8080"]);
    for wrong in ["*", "https://a.example/", "a.example", "https://a.example:443"] {
        let toml = format!("public.allowed_origins = ['https://b.example', '{wrong}']");
        assert_eq!(keys_of(&read(&toml, &[], &[])), ["public.allowed_origins"], "{wrong}");
    }
}
