//! Every metric of the registry equals a count by hand over the tickets and calls themselves, however it is
//! asked for; folded anew it is the same.

use std::collections::BTreeMap;
use std::time::Duration;

use kefu_api_common::v1::View;
use kefu_api_common::wire;
use kefu_api_events::v1::{Channel, ClockKind};
use kefu_api_gateway::v1::directory_service_client::DirectoryServiceClient;
use kefu_api_reporting::v1::metrics_service_client::MetricsServiceClient;
use kefu_api_reporting::v1::{
    GetReportRequest, Grain, ListMetricsRequest, ListReportDefinitionsRequest, MetricKind,
    MetricRow, QueryMetricsRequest,
};
use kefu_api_tickets::v1::call_event::What;
use kefu_api_tickets::v1::calls_service_client::CallsServiceClient;
use kefu_api_tickets::v1::tickets_service_client::TicketsServiceClient;
use kefu_api_tickets::v1::transfer_ticket_request::To;
use kefu_api_tickets::v1::{
    AssignTicketRequest, Call, CallHangUp, ClockState, CreateTicketRequest, ListCallsRequest,
    ListTicketsRequest, RecordCustomerMessageRequest, ReopenTicketRequest, ReplyToTicketRequest,
    Ticket, TransferTicketRequest, TransitionTicketRequest,
};
use prost_types::Timestamp;
use tonic::Code;

use super::feeds::rebuild;
use super::{Desk, person, reason, solution};

stories! { every_metric_equals_a_count_by_hand, a_query_that_cannot_be_answered_says_why }

async fn every_metric_equals_a_count_by_hand(desk: Desk) {
    work(&desk).await;
    desk.world.advance(Duration::from_secs(3 * 86_400)).await;
    let hand = Hand::count(&desk).await;
    let mut metrics = MetricsServiceClient::new(desk.key.clone());
    let registry = metrics.list_metrics(ListMetricsRequest {}).await.unwrap().into_inner().metrics;
    assert!(registry.len() >= 20, "{}", registry.len());
    for metric in &registry {
        let whole = desk.query(&metric.code, |_| {}).await;
        let told = whole.first().map(|row| (row.numerator, row.denominator));
        let by_hand = hand.of(&metric.code);
        assert_eq!(told, by_hand, "{}", metric.code);
        if metric.kind() == MetricKind::Percentile {
            let (value, exact) = (whole[0].value, hand.percentile(&metric.code));
            assert!((value - exact).abs() <= exact * 0.021, "{}: {value}, {exact}", metric.code);
        }
        // Parts of a ratio that have nothing below the line are none.
        if metric.kind() == MetricKind::Count {
            let by_day = desk.query(&metric.code, |query| query.set_grain(Grain::Day)).await;
            assert_eq!(summed(&by_day), summed(&whole), "{} by day", metric.code);
            for dimension in &metric.dimensions {
                let group_by = vec![dimension.clone()];
                let by = desk.query(&metric.code, |query| query.group_by = group_by).await;
                assert_eq!(summed(&by), summed(&whole), "{} by {dimension}", metric.code);
            }
        }
    }
    let complaints = desk.query("tickets.created", |query| {
        query.filter = format!("{} && type == \"complaint\"", query.filter);
    });
    let registered = hand.of("complaints.registered").unwrap().0;
    assert_eq!(complaints.await[0].numerator, registered);
    reported(&desk, registered).await;

    let codes: Vec<String> = registry.into_iter().map(|metric| metric.code).collect();
    let live = desk.all(&codes).await;
    rebuild(&desk, "ticket_metrics").await;
    assert_eq!(desk.all(&codes).await, live, "folded anew it is the same");
    desk.world.close().await;
}

async fn a_query_that_cannot_be_answered_says_why(desk: Desk) {
    let mut metrics = MetricsServiceClient::new(desk.key.clone());
    let good = QueryMetricsRequest {
        metrics: vec!["tickets.created".into()],
        from_day: "2026-03-01".into(),
        to_day: "2026-03-31".into(),
        ..QueryMetricsRequest::default()
    };
    metrics.query_metrics(good.clone()).await.unwrap();
    let bad = |change: fn(&mut QueryMetricsRequest)| {
        let mut query = good.clone();
        change(&mut query);
        query
    };
    for (query, code, why) in [
        (bad(|q| q.metrics = vec!["no.such".into()]), Code::NotFound, "UNKNOWN_REFERENCE"),
        (bad(|q| q.group_by = vec!["line".into()]), Code::InvalidArgument, "UNKNOWN_FIELD"),
        (bad(|q| q.filter = "line == \"x\"".into()), Code::InvalidArgument, "UNKNOWN_FIELD"),
        (bad(|q| q.filter = "type ==".into()), Code::InvalidArgument, "FILTER_INVALID"),
        (bad(|q| q.to_day = "2026-02-30".into()), Code::InvalidArgument, "VALIDATION_FAILED"),
        (bad(|q| q.to_day = "2026-02-28".into()), Code::InvalidArgument, "VALIDATION_FAILED"),
        (bad(|q| q.to_day = "2030-01-01".into()), Code::InvalidArgument, "VALIDATION_FAILED"),
    ] {
        let refused = metrics.query_metrics(query).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (code, why), "{refused:?}");
    }
    let unknown =
        GetReportRequest { code: "no.such".into(), day: "2026-03-01".into(), ..Default::default() };
    let refused = desk.reports().get_report(unknown).await.unwrap_err();
    assert_eq!(reason(&refused), "UNKNOWN_REFERENCE");
    desk.world.close().await;
}

/// The day's report of complaints tells the same number, and every other report can be told.
async fn reported(desk: &Desk, registered: i64) {
    let all =
        desk.reports().list_report_definitions(ListReportDefinitionsRequest {}).await.unwrap();
    for definition in all.into_inner().definitions {
        let asked = GetReportRequest {
            code: definition.code.clone(),
            day: desk.opened.to_string(),
            branch_id: Some(desk.branch.clone()),
        };
        let report = desk.reports().get_report(asked).await.unwrap().into_inner();
        assert_eq!(report.tables.len(), definition.sections.len(), "{}", report.code);
        assert!(report.tables.iter().any(|table| !table.rows.is_empty()), "{}", report.code);
        if report.code == "complaints.daily" {
            let whole = &report.tables[0].rows;
            let row = whole.iter().find(|row| row.metric == "complaints.registered").unwrap();
            assert_eq!((row.numerator, report.complete), (registered, true));
        }
    }
}

/// What the parts come to.
fn summed(parts: &[MetricRow]) -> i64 {
    parts.iter().map(|row| row.numerator).sum()
}

/// Three days' worth of everything that is counted.
async fn work(desk: &Desk) {
    let wait = async |seconds| desk.world.advance(Duration::from_secs(seconds)).await;
    let a = desk.register("complaint", "A").await.id;
    let b = desk.register("complaint", "B").await.id;
    let c = of(desk, "inquiry", Channel::Chat).await;
    of(desk, "suggestion", Channel::Phone).await;
    let e = of(desk, "complaint", Channel::Letter).await;
    for id in [&a, &c, &e] {
        assign(desk, id).await;
    }
    reply(desk, &c).await;
    wait(60).await;
    let message = RecordCustomerMessageRequest {
        ticket_id: c.clone(),
        body: "And?".into(),
        ..RecordCustomerMessageRequest::default()
    };
    desk.tickets().record_customer_message(message.clone()).await.unwrap();
    wait(120).await;
    reply(desk, &c).await;
    desk.tickets().record_customer_message(message).await.unwrap();
    wait(600).await;
    reply(desk, &a).await;
    let mut directory = DirectoryServiceClient::new(desk.world.admin());
    let other = person(&mut directory, "Ana", "agent", &desk.branch, Some(&desk.department)).await;
    desk.world.settle().await;
    let to = Some(To::PersonId(other));
    let transfer = TransferTicketRequest { ticket_id: b, to, ..TransferTicketRequest::default() };
    desk.tickets().transfer_ticket(transfer).await.unwrap();
    wait(7200).await;
    desk.tickets().transition_ticket(solution(&a)).await.unwrap();
    let reopen = ReopenTicketRequest {
        ticket_id: a.clone(),
        reason: "again".into(),
        ..ReopenTicketRequest::default()
    };
    desk.tickets().reopen_ticket(reopen).await.unwrap();
    wait(3600).await;
    desk.tickets().transition_ticket(solution(&a)).await.unwrap();
    desk.tickets().transition_ticket(solution(&e)).await.unwrap();
    let supervisor = desk.world.as_role("supervisor", &[&desk.branch]).await;
    let close = TransitionTicketRequest {
        ticket_id: e,
        state: "closed".into(),
        ..TransitionTicketRequest::default()
    };
    TicketsServiceClient::new(supervisor).transition_ticket(close).await.unwrap();
    let end = |call: &str, ago| desk.event(call, ago, What::HangUp(CallHangUp { by_caller: true }));
    let told = vec![
        desk.ring("in-time", 900),
        desk.answer("in-time", 860),
        end("in-time", 500),
        // The answer is told before the ring.
        desk.answer("late", 100),
        desk.ring("late", 400),
        desk.ring("gave-up", 90),
        end("gave-up", 30),
    ];
    desk.tell(told).await;
}

async fn of(desk: &Desk, kind: &str, channel: Channel) -> String {
    let request = CreateTicketRequest { channel: channel.into(), ..desk.matter(kind, "Matter") };
    desk.tickets().create_ticket(request).await.unwrap().into_inner().id
}

async fn assign(desk: &Desk, id: &str) {
    let assign = AssignTicketRequest {
        ticket_id: id.to_owned(),
        assignee_id: Some(desk.agent.clone()),
        ..AssignTicketRequest::default()
    };
    desk.tickets().assign_ticket(assign).await.unwrap();
}

async fn reply(desk: &Desk, id: &str) {
    let reply = ReplyToTicketRequest {
        ticket_id: id.to_owned(),
        body: "We see to it".into(),
        ..ReplyToTicketRequest::default()
    };
    desk.tickets().reply_to_ticket(reply).await.unwrap();
}

impl Desk {
    async fn query(
        &self,
        metric: &str,
        change: impl FnOnce(&mut QueryMetricsRequest),
    ) -> Vec<MetricRow> {
        let mut query = QueryMetricsRequest {
            metrics: vec![metric.to_owned()],
            from_day: self.opened.plus(-1).to_string(),
            to_day: self.opened.plus(30).to_string(),
            filter: format!("branch_id == \"{}\"", self.branch),
            ..QueryMetricsRequest::default()
        };
        change(&mut query);
        let mut metrics = MetricsServiceClient::new(self.key.clone());
        metrics.query_metrics(query).await.unwrap().into_inner().rows
    }

    async fn all(&self, codes: &[String]) -> Vec<Vec<MetricRow>> {
        let mut all = Vec::new();
        for code in codes {
            all.push(self.query(code, |query| query.set_grain(Grain::Week)).await);
        }
        all
    }
}

/// What there is, read whole and counted here.
struct Hand {
    tickets: Vec<Ticket>,
    histories: BTreeMap<String, usize>,
    calls: Vec<Call>,
}

impl Hand {
    async fn count(desk: &Desk) -> Self {
        let filter = format!("branch_id == \"{}\"", desk.branch);
        let list = ListTicketsRequest { filter, view: View::Full.into(), ..Default::default() };
        let tickets = desk.list(list).await;
        let mut histories = BTreeMap::new();
        for ticket in &tickets {
            for name in desk.history(&ticket.id).await {
                *histories.entry(name).or_default() += 1;
            }
        }
        let all = ListCallsRequest { page_size: 100, ..ListCallsRequest::default() };
        let calls = CallsServiceClient::new(desk.key.clone()).list_calls(all).await.unwrap();
        let own = |call: &Call| call.branch_id.as_ref() == Some(&desk.branch);
        let calls = calls.into_inner().calls.into_iter().filter(own).collect();
        Self { tickets, histories, calls }
    }

    /// What is above and below the line; none: there is no number.
    fn of(&self, metric: &str) -> Option<(i64, i64)> {
        let one = |count: i64| (count != 0).then_some((count, 0));
        let part = |above: i64, below: i64| (below != 0).then_some((above, below));
        let created = self.tickets.len() as i64;
        let solved = self.tickets(|ticket| ticket.solved_at.is_some());
        let closed = self.tickets(|ticket| ticket.closed_at.is_some());
        let complaints = self.tickets(|ticket| ticket.r#type == "complaint");
        let episodes: i64 = self
            .tickets
            .iter()
            .map(|ticket| {
                ticket.episodes.iter().filter(|one| one.solved_at.is_some()).count() as i64
            })
            .sum();
        let offered = self.calls.len() as i64;
        let answered = self.calls(|call| call.answered_at.is_some());
        let abandoned = self.calls(|call| call.answered_at.is_none() && call.ended_at.is_some());
        let in_time = |call: &Call| call.clock.as_ref().is_none_or(|one| one.breached_at.is_none());
        let answered_in_time = self.calls(|call| call.answered_at.is_some() && in_time(call));
        let waits = self.durations(metric);
        match metric {
            "tickets.created" => one(created),
            "tickets.solved" => one(solved),
            "tickets.closed" => one(closed),
            "episodes.solved" => one(episodes),
            "episodes.reopened" => one(self.happened("TicketReopened")),
            "episodes.reopen_rate" => part(self.happened("TicketReopened"), episodes),
            "tickets.one_episode_rate" => part(
                self.tickets(|ticket| ticket.closed_at.is_some() && ticket.episode == 1),
                closed,
            ),
            "tickets.resolution_time" => part(waits.iter().sum(), solved),
            "tickets.resolution_time_p50" | "tickets.resolution_time_p90" => one(solved),
            "chats.first_answer_attainment" => self.attained(ClockKind::FirstAnswer),
            "tickets.first_response_attainment" => self.attained(ClockKind::FirstResponse),
            // One was met, and the next one missed, on the same ticket: it shows the last.
            "tickets.next_reply_attainment" => part(1, 2),
            "tickets.resolution_attainment" => self.attained(ClockKind::Resolution),
            "tickets.replies" => one(self.happened("TicketReplied")),
            "tickets.hand_offs" => one(self.happened("TicketTransferred")),
            "tickets.hand_offs_per_ticket" => part(self.happened("TicketTransferred"), created),
            "complaints.registered" => one(complaints),
            "complaints.closed" => {
                one(self
                    .tickets(|ticket| ticket.r#type == "complaint" && ticket.closed_at.is_some()))
            }
            "complaints.share" => part(complaints, created),
            "calls.offered" => one(offered),
            "calls.answered" => one(answered),
            "calls.abandoned" => one(abandoned),
            "calls.abandon_rate" => part(abandoned, offered),
            "calls.service_level" => part(answered_in_time, offered),
            "calls.service_level_with_abandoned" => part(
                answered_in_time
                    + self.calls(|call| {
                        call.answered_at.is_none() && call.ended_at.is_some() && in_time(call)
                    }),
                offered,
            ),
            "calls.service_level_of_answered" => part(answered_in_time, answered),
            "calls.speed_of_answer" => part(waits.iter().sum(), answered),
            "calls.talk_time" => part(waits.iter().sum(), waits.len() as i64),
            "calls.wait_p90" | "calls.talk_p90" => one(waits.len() as i64),
            other => panic!("{other} is not counted by hand"),
        }
    }

    /// The percentile that a metric asks for, of what was really waited.
    fn percentile(&self, metric: &str) -> f64 {
        let mut durations = self.durations(metric);
        durations.sort_unstable();
        let percent = if metric.ends_with("50") { 50 } else { 90 };
        durations[(durations.len() * percent).div_ceil(100) - 1] as f64
    }

    /// The durations that a metric is about, in milliseconds.
    fn durations(&self, metric: &str) -> Vec<i64> {
        let took = |from: &Option<Timestamp>, to: &Option<Timestamp>| {
            let (from, to) = (wire::instant(from.as_ref()?), wire::instant(to.as_ref()?));
            Some(to.as_millis() - from.as_millis())
        };
        let calls = self.calls.iter();
        if metric.starts_with("tickets.resolution_time") {
            return self
                .tickets
                .iter()
                .filter_map(|one| took(&one.created_at, &one.solved_at))
                .collect();
        }
        match metric {
            "calls.speed_of_answer" | "calls.wait_p90" => {
                calls.filter_map(|one| took(&one.rang_at, &one.answered_at)).collect()
            }
            "calls.talk_time" | "calls.talk_p90" => {
                calls.filter_map(|one| took(&one.answered_at, &one.ended_at)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Clocks that were met, of those that ended by being met or broken.
    fn attained(&self, kind: ClockKind) -> Option<(i64, i64)> {
        let clocks = self.tickets.iter().flat_map(|ticket| &ticket.clocks);
        let of_kind: Vec<_> = clocks.filter(|clock| clock.kind() == kind).collect();
        let met = of_kind.iter().filter(|clock| clock.state() == ClockState::Met).count() as i64;
        let missed = of_kind.iter().filter(|clock| clock.breached_at.is_some()).count() as i64;
        (met + missed != 0).then_some((met, met + missed))
    }

    fn happened(&self, event: &str) -> i64 {
        self.histories.get(event).copied().unwrap_or(0) as i64
    }

    fn tickets(&self, which: impl Fn(&Ticket) -> bool) -> i64 {
        self.tickets.iter().filter(|ticket| which(ticket)).count() as i64
    }

    fn calls(&self, which: impl Fn(&Call) -> bool) -> i64 {
        self.calls.iter().filter(|call| which(call)).count() as i64
    }
}
