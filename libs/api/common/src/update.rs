//! Update requests: which fields of the patch are meant.

use std::collections::BTreeSet;

use prost_types::FieldMask;

use crate::{Path, Violations};

/// A request with a patch and an `update_mask`; generated.
pub trait Update {
    /// Which of the patch's fields are meant.
    fn paths(&self) -> Paths;
}

/// The fields that an update means, by name; for a map also `name.key`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Paths(BTreeSet<String>);

impl Paths {
    /// The longest mask that is taken.
    const LIMIT: usize = 100;

    /// What `mask` means for a patch with `fields`, each with whether it is set: named fields, all with
    /// `*`, those that are set without a mask.
    pub fn of(mask: Option<&FieldMask>, fields: &[(&'static str, bool)]) -> Self {
        let named = mask.map(|mask| mask.paths.as_slice()).unwrap_or_default();
        let all = named.iter().any(|path| path == "*");
        let chosen = fields.iter().filter(|(_, set)| all || (named.is_empty() && *set));
        let chosen = chosen.map(|(name, _)| (*name).to_owned());
        Self(chosen.chain(named.iter().filter(|path| *path != "*").cloned()).collect())
    }

    /// Whether the field is meant.
    pub fn has(&self, field: &str) -> bool {
        self.0.contains(field)
    }

    /// The keys of a map field that are meant one by one.
    pub fn keys<'a>(&'a self, map: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter_map(move |path| path.strip_prefix(map)?.strip_prefix('.'))
    }

    /// Every path that is meant, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Adds what is wrong with `mask`, which stands at `path`: names that the patch does not have.
    pub fn check(
        mask: Option<&FieldMask>,
        fields: &[&'static str],
        maps: &[&'static str],
        path: &Path<'_>,
        found: &mut Violations,
    ) {
        let named = mask.map(|mask| mask.paths.as_slice()).unwrap_or_default();
        if named.len() > Self::LIMIT {
            found.add(path, "field_mask.max_paths", "must name at most 100 fields");
            return;
        }
        let list = path.field("paths");
        for (index, name) in named.iter().enumerate() {
            let of_map = |map: &&str| {
                let key = name.strip_prefix(*map).and_then(|rest| rest.strip_prefix('.'));
                key.is_some_and(|key| !key.is_empty() && key.len() <= 200 && !key.contains('\0'))
            };
            let known = (name == "*" && named.len() == 1)
                || fields.contains(&name.as_str())
                || maps.iter().any(of_map);
            if !known {
                let text = "must name a field that an update may change, or be `*` alone";
                found.add(&list.index(index), "field_mask.known", text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &[(&str, bool)] = &[("cause", false), ("subject", true), ("fields", true)];

    fn paths(named: &[&str]) -> Vec<String> {
        let mask = FieldMask { paths: named.iter().map(|name| (*name).to_owned()).collect() };
        Paths::of(Some(&mask), FIELDS).iter().map(str::to_owned).collect()
    }

    #[test]
    fn a_mask_means_what_it_names_a_star_all_and_none_what_is_set() {
        assert_eq!(paths(&["cause"]), ["cause"]);
        assert_eq!(paths(&["*"]), ["cause", "fields", "subject"]);
        assert_eq!(paths(&[]), ["fields", "subject"]);
        assert_eq!(Paths::of(None, FIELDS), Paths::of(Some(&FieldMask::default()), FIELDS));
    }

    #[test]
    fn entries_of_a_map_are_named_by_key() {
        let mask = FieldMask { paths: vec!["fields.flight".into(), "fields.seat".into()] };
        let paths = Paths::of(Some(&mask), FIELDS);
        assert_eq!(paths.keys("fields").collect::<Vec<_>>(), ["flight", "seat"]);
        assert!(!paths.has("fields"));
    }
}
