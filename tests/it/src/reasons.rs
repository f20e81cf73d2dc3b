//! Every reason that a fault can give is in the list that callers read.
//!
//! A reason that a library gives its way is no error of the compiler's, and reaches a caller as INTERNAL
//! where it passes through another service. So the source text of every `Fault::reason` is read.

use std::collections::BTreeMap;

use kefu_api_common::v1::ErrorReason;
use syn::visit::Visit;

use crate::source::rust_files;

#[test]
fn every_reason_is_in_the_list_of_reasons() {
    let mut reasons = Reasons::default();
    for file in rust_files().iter().filter(|file| !is_test(&file.path)) {
        reasons.file.clone_from(&file.path);
        reasons.visit_file(&file.parse());
    }
    assert!(reasons.impls > 15, "found only {} faults: looking in the wrong place", reasons.impls);
    assert!(reasons.found.contains_key("ETAG_MISMATCH"), "the runner's reasons were not read");
    let unlisted: Vec<_> = reasons
        .found
        .iter()
        .filter(|(reason, _)| ErrorReason::from_text(reason).is_none())
        .map(|(reason, file)| format!("{reason} in {file}"))
        .collect();
    assert!(unlisted.is_empty(), "add them to error_reason.proto: {unlisted:#?}");
}

/// Fixtures give reasons of their own.
fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs") || path.starts_with("tests/")
}

/// The texts in the bodies of `reason` in implementations of `Fault`, each with one file that has it.
#[derive(Default)]
struct Reasons {
    file: String,
    impls: usize,
    found: BTreeMap<String, String>,
}

impl<'ast> Visit<'ast> for Reasons {
    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let of = item.trait_.as_ref().and_then(|(path, _)| path.segments.last());
        if of.is_none_or(|of| of.ident != "Fault") {
            return;
        }
        self.impls += 1;
        for function in &item.items {
            if let syn::ImplItem::Fn(function) = function
                && function.sig.ident == "reason"
            {
                let mut texts = Texts(Vec::new());
                texts.visit_block(&function.block);
                let found = texts.0.into_iter().map(|text| (text, self.file.clone()));
                self.found.extend(found);
            }
        }
    }
}

/// Every text in what is visited.
struct Texts(Vec<String>);

impl<'ast> Visit<'ast> for Texts {
    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.0.push(text.value());
    }
}
