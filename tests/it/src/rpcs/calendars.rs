//! A branch's calendar counts from when the directory tells of it until it is taken away.

use std::time::Duration;

use serde_json::{Value, json};

use super::Shop;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_branch_without_its_calendar_works_by_the_companys_again() {
    let shop = Shop::open().await;
    let company = calendar(&shop).await;
    let request = json!({
        "code": "night", "name": "Night", "timeZone": "Europe/Madrid",
        "week": [{"isoWeekday": 1, "intervals": [{"fromMinute": 0, "toMinute": 300}]}],
    });
    let method = "kefu.gateway.v1.CalendarsService/CreateCalendar";
    let made = shop.api.ask(&shop.admin, method, &request.to_string()).await.unwrap();
    let night: Value = serde_json::from_str(&made).unwrap();
    shop.directory("UpdateBranch", &branch(&shop, night["id"].clone())).await;
    follows(&shop, "night").await;
    shop.directory("UpdateBranch", &branch(&shop, Value::Null)).await;
    follows(&shop, &company).await;
    shop.world.close().await;
}

fn branch(shop: &Shop, calendar: Value) -> String {
    let mut branch = json!({});
    if !calendar.is_null() {
        branch["calendarId"] = calendar;
    }
    json!({"branchId": shop.branch, "branch": branch, "updateMask": "calendarId"}).to_string()
}

/// Waits until new tickets of the branch count by this calendar.
async fn follows(shop: &Shop, code: &str) {
    for _ in 0..3_000 {
        if calendar(shop).await == code {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the branch does not come to work by {code}");
}

/// The calendar by which a new ticket of the branch counts.
async fn calendar(shop: &Shop) -> String {
    let request = json!({"ticketId": shop.complaint().await}).to_string();
    let answer = shop.done("TicketsService/ExplainTicketClocks", &request).await;
    let clocks = answer["clocks"].as_array().unwrap();
    let resolution = clocks.iter().find(|clock| clock["clock"]["kind"] == "CLOCK_KIND_RESOLUTION");
    resolution.unwrap()["calendarId"].as_str().unwrap().to_owned()
}
