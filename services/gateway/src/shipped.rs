//! The roles that come with Kefu, read from `roles.toml`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use kefu_rpc::{Methods, RoleTable, RpcError};
use serde::Deserialize;

use crate::DESCRIPTORS;
use crate::domain::role::SERVICE;

/// A role as it comes with Kefu.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShippedRole {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    permissions: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    service: Service,
    role: Vec<ShippedRole>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    permissions: BTreeSet<String>,
}

static FILE: LazyLock<File> = LazyLock::new(|| {
    toml::from_str(include_str!("roles.toml")).expect("a test reads the roles that are built in")
});

/// The shipped roles, in the order of the file.
pub fn roles() -> &'static [ShippedRole] {
    &FILE.role
}

impl ShippedRole {
    /// Those of its permissions that an installation with `known` has.
    pub fn permissions(&self, known: &BTreeSet<String>) -> BTreeSet<String> {
        match self.permissions.contains("*") {
            true => known.clone(),
            false => self.permissions.intersection(known).cloned().collect(),
        }
    }
}

/// What every service starts with, until it hears of the directory: the shipped roles, and the role of
/// Kefu's own services.
pub fn role_table() -> Result<RoleTable, RpcError> {
    let known = permissions(DESCRIPTORS)?;
    let shipped = roles().iter().map(|role| (role.code.clone(), role.permissions(&known)));
    let service = (SERVICE.to_owned(), FILE.service.permissions.clone());
    Ok(shipped.chain([service]).collect())
}

/// Every permission that a method in these descriptor sets asks for.
pub fn permissions<'a>(
    descriptors: impl IntoIterator<Item = &'a [u8]>,
) -> Result<BTreeSet<String>, RpcError> {
    let mut methods = Methods::default();
    for set in descriptors {
        methods.add(set)?;
    }
    Ok(methods.permissions())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_is_declared_and_an_admin_holds_all() {
        let known = permissions(DESCRIPTORS).unwrap();
        let named = roles().iter().flat_map(|role| &role.permissions);
        let named = named.chain(&FILE.service.permissions).filter(|one| *one != "*");
        let unknown: Vec<&String> = named.filter(|one| !known.contains(*one)).collect();
        assert!(unknown.is_empty(), "roles.toml names what no method asks for: {unknown:?}");
        let table = role_table().unwrap();
        assert_eq!(table["admin"], known);
        assert_eq!(table["public"], BTreeSet::from(["gateway.who_am_i".to_owned()]));
    }

    #[test]
    fn the_roles_of_the_contract_are_shipped() {
        let codes: Vec<&str> = roles().iter().map(|role| role.code.as_str()).collect();
        let promised = "agent claims_specialist trace_specialist remittance_specialist salesperson \
                        courier supervisor department_head manager admin integration public";
        assert_eq!(codes, promised.split(' ').collect::<Vec<_>>());
        for role in roles() {
            assert!(role.permissions.contains("gateway.who_am_i") || role.code == "admin");
        }
    }
}
