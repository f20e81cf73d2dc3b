//! One HTTP request as the metrics see it, by OpenTelemetry's conventions. The call behind it is measured
//! by its own stack.

use std::time::Instant;

use axum::extract::Request;
use http::{Method, StatusCode};
use kefu_telemetry::semconv::{ERROR_TYPE, http as names};
use kefu_telemetry::{KeyValue, metrics};

use super::route::Route;

/// A request under way.
pub struct Measure {
    begun: Instant,
    method: &'static str,
    route: Option<String>,
}

impl Measure {
    /// Begins with the request's head.
    pub fn begin(request: &Request) -> Self {
        Self { begun: Instant::now(), method: known(request.method()), route: None }
    }

    /// The route is known. Whatever the path holds besides is not told.
    pub fn route(&mut self, route: &Route) {
        self.route = Some(route.path.clone());
    }

    /// The answer begins.
    pub fn end(self, status: StatusCode) {
        let mut attributes = vec![
            KeyValue::new(names::REQUEST_METHOD, self.method),
            KeyValue::new(names::RESPONSE_STATUS_CODE, i64::from(status.as_u16())),
        ];
        attributes.extend(self.route.map(|route| KeyValue::new(names::ROUTE, route)));
        if status.is_server_error() {
            attributes.push(KeyValue::new(ERROR_TYPE, status.as_str().to_owned()));
        }
        metrics::HTTP_SERVER_DURATION.record_since(self.begun, &attributes);
    }
}

fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => names::OTHER_METHOD,
    }
}
