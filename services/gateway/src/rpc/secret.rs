//! The secret of a new API key on its way to the caller. The runner keeps the reply for repeats of the
//! request; there the secret is sealed, so that neither the database nor a copy of it shows one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use kefu_api_gateway::v1::Key;
use kefu_kernel::Id;
use kefu_kernel::id::Uuid;
use kefu_rpc::keys::ApiKey;
use kefu_store::seal::{Keys, Place, SealError};

use crate::domain::ids::KeyId;
use crate::error::Error;

/// The secret as the stored reply has it.
pub fn seal(keys: &Keys, key: &ApiKey) -> String {
    STANDARD_NO_PAD.encode(keys.seal_secret(&place(key.id()), key.expose().as_bytes()))
}

/// The secret as the caller gets it.
pub fn open(keys: &Keys, key: Option<&Key>, sealed: &str) -> Result<String, Error> {
    let id = key.and_then(|key| key.id.parse::<KeyId>().ok()).ok_or(SealError::Broken)?;
    let sealed = STANDARD_NO_PAD.decode(sealed).map_err(|_| SealError::Broken)?;
    let text = keys.open_secret(&place(id.uuid()), &sealed)?;
    Ok(std::str::from_utf8(&text).map_err(|_| SealError::Broken)?.to_owned())
}

fn place(key: Uuid) -> Place<'static> {
    Place { table: "idempotency", column: "reply", row: key }
}
