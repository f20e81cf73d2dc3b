//! The six shipped views: named filters over the caller and the present day.

use kefu_kernel::id::{self, Uuid};
use kefu_kernel::{Day, PrincipalKind, Timestamp, Zone};
use kefu_rpc::CallContext;
use kefu_store::filter::{Filter, Resource, Value};

use crate::Result;
use crate::domain;
use crate::service::Tickets;

/// A shipped view.
pub struct View {
    /// Its code.
    pub code: &'static str,
    /// Its name in English, Spanish and Chinese.
    pub names: [(&'static str, &'static str); 3],
    /// What it holds; names beside fields are those of [`constants`].
    pub filter: &'static str,
    /// In which order it is shown.
    pub order_by: &'static str,
}

/// All of them, in the order in which they are shown.
pub const VIEWS: [View; 6] = [
    View {
        code: "all_open",
        names: [("en", "All open"), ("es", "Todos los abiertos"), ("zh", "全部未结")],
        filter: "category in [\"NEW\", \"OPEN\", \"PENDING\", \"ON_HOLD\"]",
        order_by: "created_at desc",
    },
    View {
        code: "unassigned",
        names: [("en", "Unassigned"), ("es", "Sin asignar"), ("zh", "未分配")],
        filter: "assignee_id == \"\" && category in [\"NEW\", \"OPEN\", \"PENDING\", \"ON_HOLD\"]",
        order_by: "created_at desc",
    },
    View {
        code: "mine",
        names: [("en", "Mine"), ("es", "Los míos"), ("zh", "我的")],
        filter: "assignee_id == me && category in [\"NEW\", \"OPEN\", \"PENDING\", \"ON_HOLD\"]",
        order_by: "created_at desc",
    },
    View {
        code: "due_today",
        names: [("en", "Due today"), ("es", "Vencen hoy"), ("zh", "今日到期")],
        filter: "due_at >= today && due_at < tomorrow && category in [\"NEW\", \"OPEN\", \"PENDING\", \"ON_HOLD\"]",
        order_by: "due_at",
    },
    View {
        code: "breached",
        names: [("en", "Breached"), ("es", "Incumplidos"), ("zh", "已超时")],
        filter: "breached && category in [\"NEW\", \"OPEN\", \"PENDING\", \"ON_HOLD\"]",
        order_by: "created_at desc",
    },
    View {
        code: "solved_this_week",
        names: [("en", "Solved this week"), ("es", "Resueltos esta semana"), ("zh", "本周解决")],
        filter: "solved_at >= this_week && category in [\"SOLVED\", \"CLOSED\"]",
        order_by: "created_at desc",
    },
];

/// The view of that code.
pub fn find(code: &str) -> Option<&'static View> {
    VIEWS.iter().find(|view| view.code == code)
}

/// The names that filters may use beside the fields: `me`, `now`, `today`, `tomorrow`, `this_week`.
pub fn constants(tickets: &Tickets, call: &CallContext) -> [(&'static str, Value); 5] {
    let now = tickets.store.ambient().now();
    let days = Days::of(&tickets.zone, now);
    [
        ("me", Value::Id(person(call).unwrap_or(Uuid::max()))),
        ("now", Value::Time(now)),
        ("today", Value::Time(tickets.zone.start_of(days.today))),
        ("tomorrow", Value::Time(tickets.zone.start_of(days.today.plus(1)))),
        ("this_week", Value::Time(tickets.zone.start_of(days.monday))),
    ]
}

/// The days that views speak of, in the company's zone.
pub struct Days {
    /// The present day.
    pub today: Day,
    /// The first day of its week (ISO 8601).
    pub monday: Day,
}

impl Days {
    /// As of `now`.
    pub fn of(zone: &Zone, now: Timestamp) -> Self {
        let today = zone.day_of(now);
        let since_monday = today.weekday() as i32;
        Self { today, monday: today.plus(-since_monday) }
    }
}

/// The caller, where it is a person.
pub fn person(call: &CallContext) -> Option<Uuid> {
    let principal = call.principal();
    match principal.kind {
        PrincipalKind::Person => id::decode("person", &principal.id).ok(),
        _ => None,
    }
}

/// The filter of a view; none where no view is named.
pub fn filter(
    resource: &Resource,
    code: &str,
    constants: &[(&str, Value)],
) -> Result<Option<Filter>> {
    if code.is_empty() {
        return Ok(None);
    }
    let view = find(code).ok_or_else(|| domain::Error::unknown("saved_view", code))?;
    let filter = resource.compile(view.filter, constants);
    Ok(Some(filter?))
}
