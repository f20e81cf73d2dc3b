//! Finds the route of a method and path: a tree over segments, in which a literal goes before `*`
//! and `*` before `**`. Each node of the tree is visited at most once for a path.

use std::collections::BTreeMap;

use http::Method;

use super::template::{Segment, Template};

/// The paths of every route.
#[derive(Debug, Default)]
pub struct Matcher {
    root: Node,
}

/// What a method and path lead to.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<'p> {
    /// A route, and the path's raw segments without the verb.
    Route(usize, Vec<&'p str>),
    /// The path exists for these methods only.
    OtherMethods(Vec<Method>),
    /// No route has this path.
    Nothing,
}

#[derive(Debug, Default)]
struct Node {
    literals: BTreeMap<String, Node>,
    one: Option<Box<Node>>,
    rest: Ends,
    here: Ends,
}

/// The routes that end at a node, by verb.
type Ends = BTreeMap<Option<String>, Vec<End>>;

#[derive(Debug)]
struct End {
    /// None takes every method.
    method: Option<Method>,
    route: usize,
}

/// Longer paths match nothing.
const MOST_SEGMENTS: usize = 64;

impl Matcher {
    /// Adds a route. The error is the route that has the same method and paths already.
    pub fn insert(
        &mut self,
        template: &Template,
        method: Option<Method>,
        route: usize,
    ) -> Result<(), usize> {
        let mut node = &mut self.root;
        let mut rest = false;
        for segment in &template.segments {
            match segment {
                Segment::Literal(text) => node = node.literals.entry(text.clone()).or_default(),
                Segment::One => node = node.one.get_or_insert_default(),
                Segment::Rest => rest = true,
            }
        }
        let ends = if rest { &mut node.rest } else { &mut node.here };
        let ends = ends.entry(template.verb.clone()).or_default();
        if let Some(taken) = ends.iter().find(|end| end.method == method) {
            return Err(taken.route);
        }
        ends.push(End { method, route });
        Ok(())
    }

    /// Looks a raw (still escaped) path up.
    pub fn find<'p>(&self, method: &Method, path: &'p str) -> Found<'p> {
        let Some(path) = path.strip_prefix('/') else { return Found::Nothing };
        let whole: Vec<&str> = path.split('/').collect();
        if whole.len() > MOST_SEGMENTS {
            return Found::Nothing;
        }
        let mut search = Search { method, allowed: Vec::new() };
        if let Some((last, verb)) = whole.last().and_then(|last| last.rsplit_once(':')) {
            let mut segments = whole.clone();
            segments.pop();
            segments.push(last);
            // A verb that exists is a verb; only one that does not is a part of an id.
            match search.walk(&self.root, &segments, Some(verb)) {
                Some(route) => return Found::Route(route, segments),
                None if search.allowed.is_empty() => {}
                None => return Found::OtherMethods(search.into_allowed()),
            }
        }
        match search.walk(&self.root, &whole, None) {
            Some(route) => Found::Route(route, whole),
            None if search.allowed.is_empty() => Found::Nothing,
            None => Found::OtherMethods(search.into_allowed()),
        }
    }
}

struct Search<'m> {
    method: &'m Method,
    allowed: Vec<Method>,
}

impl Search<'_> {
    fn walk(&mut self, node: &Node, segments: &[&str], verb: Option<&str>) -> Option<usize> {
        let Some((first, others)) = segments.split_first() else {
            return self.end(&node.here, verb).or_else(|| self.end(&node.rest, verb));
        };
        let literal = node.literals.get(*first);
        if let Some(route) = literal.and_then(|next| self.walk(next, others, verb)) {
            return Some(route);
        }
        let one = node.one.as_deref().filter(|_| !first.is_empty());
        if let Some(route) = one.and_then(|next| self.walk(next, others, verb)) {
            return Some(route);
        }
        self.end(&node.rest, verb)
    }

    fn end(&mut self, ends: &Ends, verb: Option<&str>) -> Option<usize> {
        let ends = ends.iter().find(|(own, _)| own.as_deref() == verb)?.1;
        let exact = ends.iter().find(|end| end.method.as_ref() == Some(self.method));
        if let Some(end) = exact.or_else(|| ends.iter().find(|end| end.method.is_none())) {
            return Some(end.route);
        }
        self.allowed.extend(ends.iter().filter_map(|end| end.method.clone()));
        None
    }

    fn into_allowed(mut self) -> Vec<Method> {
        self.allowed.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        self.allowed.dedup();
        self.allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matcher(routes: &[(&str, &str)]) -> Matcher {
        let mut matcher = Matcher::default();
        for (index, (method, path)) in routes.iter().enumerate() {
            let method = (*method != "*").then(|| method.parse().unwrap());
            matcher.insert(&Template::parse(path).unwrap(), method, index).unwrap();
        }
        matcher
    }

    #[track_caller]
    fn leads(matcher: &Matcher, method: &str, path: &str, expected: Option<usize>) {
        let found = matcher.find(&method.parse().unwrap(), path);
        let route = if let Found::Route(route, _) = found { Some(route) } else { None };
        assert_eq!(route, expected, "{method} {path}");
    }

    #[test]
    fn literals_go_first_and_verbs_tell_routes_apart() {
        let matcher = matcher(&[
            ("GET", "/v1/tickets/{id}"),
            ("GET", "/v1/tickets/summary"),
            ("POST", "/v1/tickets/{id}:assign"),
            ("POST", "/v1/tickets:import"),
            ("GET", "/v1/{rest=**}"),
            ("PATCH", "/v1/tickets/{ticket.id}"),
            ("*", "/v1/any"),
        ]);
        leads(&matcher, "GET", "/v1/tickets/t1", Some(0));
        leads(&matcher, "GET", "/v1/tickets/summary", Some(1));
        leads(&matcher, "PATCH", "/v1/tickets/summary", Some(5));
        leads(&matcher, "POST", "/v1/tickets/t1:assign", Some(2));
        leads(&matcher, "POST", "/v1/tickets:import", Some(3));
        leads(&matcher, "GET", "/v1/tickets/t1/parts", Some(4));
        leads(&matcher, "GET", "/v1/tickets/", Some(4));
        leads(&matcher, "GET", "/v1/tickets/a:b", Some(0));
        leads(&matcher, "DELETE", "/v1/any", Some(6));
        leads(&matcher, "GET", "/v2/tickets/t1", None);
    }

    #[test]
    fn a_known_path_with_another_method_names_its_methods() {
        let matcher = matcher(&[("GET", "/v1/tickets/{id}"), ("PATCH", "/v1/tickets/{ticket.id}")]);
        assert_eq!(
            matcher.find(&Method::DELETE, "/v1/tickets/t1"),
            Found::OtherMethods(vec![Method::GET, Method::PATCH])
        );
        assert_eq!(matcher.find(&Method::DELETE, "/v1/tickets"), Found::Nothing);
    }

    #[test]
    fn a_verb_with_another_method_is_not_taken_for_an_id() {
        let matcher = matcher(&[("GET", "/v1/tickets/{id}"), ("POST", "/v1/tickets/{id}:assign")]);
        let assign = matcher.find(&Method::GET, "/v1/tickets/t1:assign");
        assert_eq!(assign, Found::OtherMethods(vec![Method::POST]));
        leads(&matcher, "GET", "/v1/tickets/t1:other", Some(0));
    }

    #[test]
    fn the_same_method_and_shape_twice_is_a_conflict() {
        let mut matcher = matcher(&[("GET", "/v1/{name=tickets/*}")]);
        let again = Template::parse("/v1/tickets/{id}").unwrap();
        assert_eq!(matcher.insert(&again, Some(Method::GET), 1), Err(0));
        assert_eq!(matcher.insert(&again, Some(Method::PUT), 1), Ok(()));
    }
}
