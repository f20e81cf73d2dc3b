//! The rules of Kefu's own protos.

use std::collections::BTreeSet;

use http::Method;

use crate::interface;
use crate::rest::matcher::Found;
use crate::rest::template::Segment;

#[test]
fn every_rpc_has_a_route_and_every_route_leads_to_its_rpc() {
    let api = interface().expect("Kefu's HTTP rules compile");
    let without: Vec<String> =
        api.unrouted().iter().map(|rpc| rpc.full_name().to_owned()).collect();
    assert!(without.is_empty(), "RPCs without an HTTP rule: {without:#?}");
    assert!(api.routes().len() > 50, "only {} routes", api.routes().len());
    for (index, route) in api.routes().iter().enumerate() {
        let segments = route.template.segments.iter().map(|segment| match segment {
            Segment::Literal(text) => text.clone(),
            Segment::One | Segment::Rest => "x_1".into(),
        });
        let verb = route.template.verb.as_ref().map_or_else(String::new, |verb| format!(":{verb}"));
        let path = format!("/{}{verb}", segments.collect::<Vec<_>>().join("/"));
        let method = route.method.clone().unwrap_or(Method::GET);
        let found = api.find(&method, &path);
        assert!(matches!(found, Found::Route(to, _) if to == index), "{method} {path}: {found:?}");
    }
}

#[test]
fn no_personal_data_goes_into_a_url() {
    let api = interface().expect("Kefu's HTTP rules compile");
    let personal = api.pool().get_extension_by_name("kefu.common.v1.personal").expect("declared");
    let mut exposed = BTreeSet::new();
    for route in api.routes() {
        for field in route.rpc.input().fields() {
            let options = field.options();
            let marked = options.get_extension(&personal).as_bool() == Some(true);
            let path = crate::rest::FieldPath::resolve(&route.rpc.input(), field.name());
            let in_query = path.as_ref().is_some_and(|path| route.takes_from_query(path));
            let in_path = route.variables.iter().any(|(path, _)| *path.leaf() == field);
            if marked && (in_query || in_path) {
                exposed.insert(field.full_name().to_owned());
            }
        }
    }
    assert!(exposed.is_empty(), "personal fields in paths or queries: {exposed:?}");
}
