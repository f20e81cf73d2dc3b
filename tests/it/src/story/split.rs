//! What only several processes can show: that calls are spread over replicas, that work goes on when one
//! is killed, and that a role in PostgreSQL reaches its own schema and nothing else.

use std::collections::BTreeSet;

use kefu_testkit::otlp::Received;

use super::Desk;

const SERVICES: [&str; 3] = ["gateway", "tickets", "reporting"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_go_to_both_replicas() {
    let Some(desk) = Desk::in_four_processes().await else { return };
    let site = desk.site();
    for number in 0..8 {
        desk.register("suggestion", &format!("Idea {number}")).await;
    }
    let replicas = [site.id("tickets-1").await, site.id("tickets-2").await];
    let replicas = BTreeSet::from(replicas.map(|id| id.to_string()));
    let collector = site.collector().expect("shared sites have one");
    let served = |received: &Received| {
        let served = received.spans.iter().filter(|span| {
            span.kind == "Server" && span.name == "kefu.tickets.v1.TicketsService/CreateTicket"
        });
        let by: BTreeSet<String> = served
            .filter(|span| span.process == "kefu-tickets")
            .map(|span| span.instance.clone())
            .collect();
        by.is_superset(&replicas).then_some(())
    };
    collector.wait_for(served).await;
    desk.world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_goes_on_with_one_replica_whichever_it_is() {
    let Some(desk) = Desk::in_four_processes().await else { return };
    let site = desk.site();
    let mut ids = BTreeSet::new();
    for replica in ["tickets-1", "tickets-2"] {
        site.kill(replica).await;
        for number in 0..4 {
            let ticket = desk.register("inquiry", &format!("{replica} is away, {number}")).await;
            assert!(desk.history(&ticket.id).await.contains(&"TicketCreated".to_owned()));
            ids.insert(ticket.id);
        }
        site.restart(replica).await;
    }
    // What the killed one had begun to number and publish is finished by the other.
    desk.world.settle().await;
    let found: BTreeSet<String> =
        desk.filtered("").await.into_iter().map(|ticket| ticket.id).collect();
    assert_eq!(found, ids);
    desk.world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_reaches_its_own_schema_and_no_other() {
    let Some(desk) = Desk::in_four_processes().await else { return };
    let site = desk.site();
    for service in SERVICES {
        let own = site.ask(service, true, "SELECT current_schema(), count(*) >= 0 FROM event");
        assert_eq!(own.unwrap(), format!("{service}|t"));
        for other in SERVICES.iter().filter(|other| **other != service) {
            for statement in [
                format!("SELECT 1 FROM {other}.event"),
                format!("INSERT INTO {other}.lease (name) VALUES ('mine')"),
                format!("CREATE TABLE {other}.mine (id uuid)"),
                format!("SET ROLE kefu_{other}"),
            ] {
                let refused = site.ask(service, true, &statement).unwrap_err().to_string();
                assert!(refused.contains("permission denied"), "{service}, {statement}: {refused}");
            }
        }
        let public = site.ask(service, true, "CREATE TABLE public.mine (id uuid)").unwrap_err();
        assert!(public.to_string().contains("permission denied"), "{public}");
        let elsewhere = site.ask(service, true, "CREATE SCHEMA mine").unwrap_err();
        assert!(elsewhere.to_string().contains("permission denied"), "{elsewhere}");
        let plain = site.ask(service, false, "SELECT 1").unwrap_err().to_string();
        assert!(plain.contains("pg_hba.conf rejects connection"), "{plain}");
    }
    // The services' own connections: each over TLS and as its role.
    let connections = "SELECT count(*) > 0, bool_and(ssl) FROM pg_stat_activity \
                       JOIN pg_stat_ssl USING (pid) WHERE usename = current_user";
    for service in SERVICES {
        assert_eq!(site.ask(service, true, connections).unwrap(), "t|t", "{service}");
    }
    desk.world.close().await;
}
