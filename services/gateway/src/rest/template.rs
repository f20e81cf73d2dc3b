//! Path templates of `google.api.http`, as its `http.proto` defines them:
//! `/v1/{name=shelves/*}/books/{book.id}:publish`.
//!
//! A template is a row of segments (a literal, `*` for one segment, `**` for all that follow), the
//! variables that name ranges of those segments, and a verb. Whether the variables name fields of
//! the request is the rule's question, not the template's.

/// A parsed template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// The segments in order, variables dissolved into what they match.
    pub segments: Vec<Segment>,
    /// The variables in order.
    pub variables: Vec<Variable>,
    /// What follows the last `:`, without it.
    pub verb: Option<String>,
}

/// What one segment of a path must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Exactly this text.
    Literal(String),
    /// Any one segment that is not empty.
    One,
    /// Every segment that follows; only last.
    Rest,
}

/// A field that takes its value from a range of segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The field's path in the request, such as `ticket.id`.
    pub field: String,
    /// Index of its first segment.
    pub first: usize,
    /// Index after its last segment.
    pub end: usize,
}

impl Template {
    /// Reads a template; the error is a sentence that says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { rest: text, segments: Vec::new(), variables: Vec::new() };
        parser.expect('/')?;
        parser.part()?;
        while parser.take('/') {
            parser.part()?;
        }
        let verb = if parser.take(':') { Some(parser.literal()?) } else { None };
        if !parser.rest.is_empty() {
            return Err(format!("does not go on with {:?}", parser.rest));
        }
        let Parser { segments, variables, .. } = parser;
        if segments.iter().rev().skip(1).any(|segment| *segment == Segment::Rest) {
            return Err("has ** before its last segment".into());
        }
        Ok(Self { segments, variables, verb })
    }

    /// The text of `variable` in a path that was split into `segments`.
    pub fn capture(&self, variable: &Variable, segments: &[&str]) -> String {
        let open = self.segments[variable.first..variable.end].contains(&Segment::Rest);
        let end = if open { segments.len() } else { variable.end.min(segments.len()) };
        segments.get(variable.first..end).unwrap_or_default().join("/")
    }

    /// Whether `variable` may hold more than one segment, so that an escaped slash stays escaped.
    pub fn spans(&self, variable: &Variable) -> bool {
        variable.end - variable.first > 1
            || self.segments[variable.first..variable.end].contains(&Segment::Rest)
    }
}

struct Parser<'a> {
    rest: &'a str,
    segments: Vec<Segment>,
    variables: Vec<Variable>,
}

impl Parser<'_> {
    fn take(&mut self, wanted: char) -> bool {
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, wanted: char) -> Result<(), String> {
        if self.take(wanted) { Ok(()) } else { Err(format!("lacks {wanted:?}")) }
    }

    /// One segment, or one variable with the segments inside it.
    fn part(&mut self) -> Result<(), String> {
        if !self.take('{') {
            return self.segment();
        }
        let field = self.field_path()?;
        let first = self.segments.len();
        if self.take('=') {
            self.segment()?;
            while self.take('/') {
                self.segment()?;
            }
        } else {
            self.segments.push(Segment::One);
        }
        self.expect('}')?;
        if self.variables.iter().any(|other| other.field == field) {
            return Err(format!("binds {field} twice"));
        }
        self.variables.push(Variable { field, first, end: self.segments.len() });
        Ok(())
    }

    fn segment(&mut self) -> Result<(), String> {
        let segment = if self.take('*') {
            if self.take('*') { Segment::Rest } else { Segment::One }
        } else {
            Segment::Literal(self.literal()?)
        };
        self.segments.push(segment);
        Ok(())
    }

    fn literal(&mut self) -> Result<String, String> {
        self.word("a literal", |c| c.is_ascii_alphanumeric() || "-_.~".contains(c))
    }

    fn field_path(&mut self) -> Result<String, String> {
        let path = self.word("a field", |c| c.is_ascii_alphanumeric() || c == '_' || c == '.')?;
        if path.split('.').any(str::is_empty) {
            return Err(format!("has an empty name in {path}"));
        }
        Ok(path)
    }

    fn word(&mut self, what: &str, allowed: impl Fn(char) -> bool) -> Result<String, String> {
        let end = self.rest.find(|c| !allowed(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        if word.is_empty() {
            return Err(format!("lacks {what} before {rest:?}"));
        }
        self.rest = rest;
        Ok(word.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> Segment {
        Segment::Literal(text.into())
    }

    #[test]
    fn variables_dissolve_into_segments() {
        let template = Template::parse("/v1/{name=shelves/*/books/**}:publish").unwrap();
        assert_eq!(
            template.segments,
            [literal("v1"), literal("shelves"), Segment::One, literal("books"), Segment::Rest]
        );
        assert_eq!(template.variables, [Variable { field: "name".into(), first: 1, end: 5 }]);
        assert_eq!(template.verb.as_deref(), Some("publish"));
        let path = ["v1", "shelves", "7", "books", "a", "b"];
        assert_eq!(template.capture(&template.variables[0], &path), "shelves/7/books/a/b");
        assert!(template.spans(&template.variables[0]));
    }

    #[test]
    fn a_plain_variable_is_one_segment() {
        let template = Template::parse("/v1/tickets/{ticket.id}:assign").unwrap();
        assert_eq!(template.segments, [literal("v1"), literal("tickets"), Segment::One]);
        assert_eq!(template.capture(&template.variables[0], &["v1", "tickets", "t1"]), "t1");
        assert!(!template.spans(&template.variables[0]));
    }

    #[test]
    fn what_is_no_template_is_refused() {
        for text in [
            "",
            "v1",
            "/",
            "//",
            "/v1/",
            "/v1/{",
            "/v1/{}",
            "/v1/{a",
            "/v1/{a=}",
            "/v1/{a={b}}",
            "/v1/**/a",
            "/v1/{a}/{a}",
            "/v1/{a..b}",
            "/v1:",
            "/v1:a:b",
            "/v1/a b",
            "/v1/{a=**}/b",
            "/v1/{a}b",
            "/v1/***",
        ] {
            assert!(Template::parse(text).is_err(), "{text}");
        }
    }
}
