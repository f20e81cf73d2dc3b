//! What must fail a build does, and says where: inline protos against the generator.

use anyhow::Result;
use prost_reflect::DescriptorPool;
use protox::file::{
    ChainFileResolver, File, FileResolver, GoogleFileResolver, IncludeFileResolver,
};

use crate::compile::request_code;
use crate::conventions;
use crate::model::Model;

/// One file in memory, under the name that is asked for first.
struct Inline(String);

impl FileResolver for Inline {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        match name {
            "inline.proto" => File::from_source(name, &self.0),
            other => Err(protox::Error::file_not_found(other)),
        }
    }
}

/// The model of a proto of the package `kefu.fixture.v1` with all options at hand.
fn model(body: &str) -> Model {
    let source = format!(
        "syntax = \"proto3\";\npackage kefu.fixture.v1;\n\
         import \"buf/validate/validate.proto\";\n\
         import \"google/api/annotations.proto\";\n\
         import \"google/protobuf/duration.proto\";\n\
         import \"google/protobuf/field_mask.proto\";\n\
         import \"google/protobuf/timestamp.proto\";\n\
         import \"kefu/common/v1/options.proto\";\n{body}"
    );
    let mut resolver = ChainFileResolver::new();
    resolver.add(Inline(source));
    resolver.add(IncludeFileResolver::new(
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../../proto").into(),
    ));
    resolver.add(GoogleFileResolver::new());
    let mut compiler = protox::Compiler::with_file_resolver(resolver);
    compiler.include_imports(true);
    compiler.open_file("inline.proto").unwrap();
    let encoded = compiler.encode_file_descriptor_set();
    Model::new("kefu.fixture.v1", DescriptorPool::decode(encoded.as_slice()).unwrap())
}

/// The whole chain of causes of a failing build.
fn failure(body: &str) -> String {
    let model = model(body);
    let built = conventions::check(&model).and_then(|()| request_code(&model));
    format!("{:#}", built.expect_err("this build fails"))
}

/// A request with one field.
fn field_failure(field: &str) -> String {
    failure(&format!("message AskRequest {{ {field} }}"))
}

fn builds(body: &str) -> String {
    let model = model(body);
    conventions::check(&model).unwrap();
    request_code(&model).unwrap()
}

/// A service with one method and these options.
fn method(input: &str, options: &str) -> String {
    format!(
        "service AskService {{ rpc Ask(AskRequest) returns (AskResponse) {{ {options} }} }}\n\
         message AskRequest {{ {input} }}\nmessage AskResponse {{}}"
    )
}

const PERMISSION: &str = "option (kefu.common.v1.permission) = \"fixture.ask\";";
const GET: &str = "option (google.api.http) = { get: \"/v1/asks\" };";

#[test]
fn an_rpc_without_permission_fails_the_build() {
    let said = failure(&method("", GET));
    assert_eq!(said, "kefu.fixture.v1.AskService.Ask: has no (kefu.common.v1.permission)");
}

#[test]
fn a_permission_names_its_own_service_and_a_word() {
    for wrong in ["ask", "other.ask", "fixture.", "fixture.Ask", "fixture.a.b", ""] {
        let option = format!("option (kefu.common.v1.permission) = \"{wrong}\"; {GET}");
        assert!(
            failure(&method("", &option)).contains("is not of the form fixture.<word>"),
            "{wrong}"
        );
    }
}

#[test]
fn an_rpc_without_http_rule_fails_the_build() {
    assert!(failure(&method("", PERMISSION)).ends_with("has no (google.api.http)"));
}

#[test]
fn http_rules_fit_their_requests() {
    let said = |rule: &str, input: &str| {
        failure(&method(input, &format!("{PERMISSION} option (google.api.http) = {{ {rule} }};")))
    };
    let key = "string request_id = 1 [(buf.validate.field).string.max_len = 64];";
    assert!(said("get: \"/asks\"", "").contains("does not begin with /v1/"));
    assert!(said("get: \"/v1/asks/{ask_id}\"", "").contains("the variable ask_id of its path"));
    assert!(said("get: \"/v1/asks\" body: \"*\"", "").contains("get takes no body"));
    assert!(said("post: \"/v1/asks\"", key).contains("post needs a body"));
    assert!(said("post: \"/v1/asks\" body: \"ask\"", key).contains("its body ask is no field"));
    assert!(said("post: \"/v1/asks\" body: \"*\"", "").contains("has no request_id"));
    assert!(said("get: \"/v1/asks\"", key).contains("has a request_id"));
    let two = "get: \"/v1/asks\" additional_bindings { get: \"/v1/others\" }";
    assert!(said(two, "").contains("more than one route"));
}

#[test]
fn a_read_may_go_by_post_where_it_says_so() {
    let post = "option (google.api.http) = { post: \"/v1/asks\" body: \"*\" };";
    let reads = format!("{PERMISSION} {post} option idempotency_level = NO_SIDE_EFFECTS;");
    builds(&method("", &reads));
    let key = "string request_id = 1 [(buf.validate.field).string.max_len = 64];";
    assert!(failure(&method(key, &reads)).contains("only reads and has a request_id"));
}

#[test]
fn personal_data_never_stands_in_a_url() {
    let name = "string name = 1 [(buf.validate.field).string.max_len = 9, (kefu.common.v1.personal) = true];";
    let said = failure(&method(name, &format!("{PERMISSION} {GET}")));
    assert!(said.ends_with("the personal name would stand in its URL"), "{said}");
}

#[test]
fn one_route_leads_to_one_method() {
    let rule = |name: &str| {
        format!(
            "rpc {name}(AskRequest) returns (AskResponse) {{ {PERMISSION}
             option (google.api.http) = {{ get: \"/v1/asks/{{{}}}\" }}; }}",
            if name == "Ask" { "a" } else { "b" }
        )
    };
    let said = failure(&format!(
        "service AskService {{ {} {} }}\nmessage AskRequest {{ {} {} }}\nmessage AskResponse {{}}",
        rule("Ask"),
        rule("Tell"),
        "string a = 1 [(buf.validate.field).string.max_len = 9];",
        "string b = 2 [(buf.validate.field).string.max_len = 9];",
    ));
    assert_eq!(said, "kefu.fixture.v1.AskService.Tell: the route get /v1/asks/{} is taken");
}

#[test]
fn a_request_without_bounds_fails_the_build() {
    let said = failure(
        "enum Way { WAY_UNSPECIFIED = 0; }
         message AskRequest { Inner inner = 1; map<string, string> map = 2; bytes bytes = 3; }
         message Inner { string text = 1; repeated string list = 2; Way way = 3;
           string open = 4 [(buf.validate.field).string.pattern = \"^a+$\"]; }
         message Reply { string text = 1; }",
    );
    let places: Vec<&str> = said.lines().map(|line| line.split(": ").next().unwrap()).collect();
    let at = |name: &str| format!("kefu.fixture.v1.{name}");
    assert_eq!(
        places,
        [
            at("AskRequest.map"),
            at("AskRequest.map"),
            at("AskRequest.map"),
            at("AskRequest.bytes"),
            at("Inner.text"),
            at("Inner.list"),
            at("Inner.list"),
            at("Inner.way"),
            at("Inner.open"),
        ]
    );
}

#[test]
fn a_rule_that_is_not_supported_fails_the_build_by_name() {
    let text = |rule: &str| {
        field_failure(&format!(
            "string text = 1 [(buf.validate.field).string = {{ max_len: 9 {rule} }}];"
        ))
    };
    assert_eq!(
        text("hostname: true"),
        "message kefu.fixture.v1.AskRequest: field text: the rule `string.hostname` is not supported"
    );
    assert!(text("pattern: \"^[a$\"").contains("the pattern `^[a$`"));
    assert!(text("pattern: \"^\\\\d$\"").contains("spell the set out"));
    let cel = "(buf.validate.field).cel = { id: \"x\" expression: \"true\" }";
    assert!(field_failure(&format!("int32 n = 1 [{cel}];")).contains("the rule `cel`"));
    let now = "google.protobuf.Timestamp at = 1 [(buf.validate.field).timestamp.lt_now = true];";
    assert!(field_failure(now).contains("`timestamp.lt_now` is not supported"));
    let mask = "google.protobuf.FieldMask update_mask = 1; AskPatch p = 2; } message AskPatch {";
    let in_mask = mask.replace("mask = 1", "mask = 1 [(buf.validate.field).field_mask.in = \"a\"]");
    assert!(field_failure(&in_mask).contains("the rule `field_mask`"));
}

#[test]
fn a_rule_on_the_wrong_place_fails_the_build() {
    let wrong = |field: &str| field_failure(field);
    let said = wrong("int32 n = 1 [(buf.validate.field).string.max_len = 9];");
    assert!(said.contains("the rule `string` is not supported on this kind of value"), "{said}");
    let said = wrong(
        "repeated int32 n = 1 [(buf.validate.field) = {
           cel: { id: \"x\" expression: \"true\" } repeated: { max_items: 1 } }];",
    );
    assert!(said.contains("is not supported on this kind of field"), "{said}");
    let said = wrong(
        "repeated double n = 1 [(buf.validate.field).repeated = { max_items: 9 unique: true }];",
    );
    assert!(said.contains("`repeated.unique` is not supported on these items"), "{said}");
    let said = wrong(
        "repeated int32 n = 1 [(buf.validate.field).repeated = { max_items: 9 items: { required: true } }];",
    );
    assert!(said.contains("`required` means nothing"), "{said}");
    let said = wrong("oneof o { int32 n = 1 [(buf.validate.field).required = true]; }");
    assert!(said.contains("`required` belongs on the oneof"), "{said}");
    let said = wrong("int32 n = 1 [(buf.validate.field).int32 = { gt: 5 lt: 3 }];");
    assert!(said.contains("the lower bound of `int32` is above the upper one"), "{said}");
    let said = wrong("option (buf.validate.message).oneof = { fields: \"n\" }; int32 n = 1;");
    assert!(said.contains("rules on a whole message are not supported"), "{said}");
}

#[test]
fn a_mask_stands_beside_one_patch() {
    let mask = "google.protobuf.FieldMask update_mask = 1;";
    assert!(field_failure(mask).contains("a mask needs a message called …Patch beside it"));
    let named = "google.protobuf.FieldMask mask = 1;";
    assert!(field_failure(named).contains("a field mask is called update_mask"));
}

#[test]
fn what_has_nothing_to_check_gets_an_empty_check_and_replies_get_none() {
    let code = builds(
        "message AskRequest { int32 n = 1; Inner inner = 2; } message Inner {} message Reply { string text = 1; }",
    );
    assert!(code.contains("Validate for AskRequest"));
    assert!(code.contains("fn check(&self, _path"));
    assert!(!code.contains("Reply"));
}

#[test]
fn one_pattern_is_compiled_once_for_all_its_uses() {
    let rule = "[(buf.validate.field).string.pattern = \"^[a-z]{1,9}$\"]";
    let code =
        builds(&format!("message AskRequest {{ string a = 1 {rule}; string b = 2 {rule}; }}"));
    assert_eq!(code.matches("Pattern::new").count(), 1);
    assert_eq!(code.matches(".matches(value)").count(), 2);
}

#[test]
fn an_id_is_checked_without_an_expression() {
    let rule = "[(buf.validate.field).string.pattern = \"^ask_[0-7][0-9a-hjkmnp-tv-z]{25}$\"]";
    let code = builds(&format!("message AskRequest {{ string ask_id = 1 {rule}; }}"));
    assert!(code.contains("check::type_id(value, \"ask\")"));
    assert!(!code.contains("Pattern::new"));
}
