//! What was found and what proves it. Neither ever changes; who finds otherwise adds another.

use kefu_kernel::Timestamp;

use crate::domain::Error;
use crate::domain::ids::{DepartmentId, PieceId, ProofId};

/// Who has to look, or who looked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Addressee {
    /// An outlet or department of the company.
    Department(DepartmentId),
    /// A carrier, by its code.
    Carrier(String),
}

/// What somebody found who looked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its number, from 1.
    pub number: i32,
    /// Who looked.
    pub found_by: Option<Addressee>,
    /// What was counted.
    pub counts: Vec<Count>,
    /// What was weighed at the origin, in grams; 0: not known.
    pub origin_weight_grams: i64,
    /// What was weighed now, in grams; 0: nothing was.
    pub found_weight_grams: i64,
    /// How the seal is. A code; empty: not looked at.
    pub seal: String,
    /// How the packing is. A code; empty: not looked at.
    pub packing: String,
    /// Where the goods were, as a code; empty: not told.
    pub place_code: String,
    /// What was found, in words. Personal data.
    pub note: String,
    /// When it was looked.
    pub inspected_at: Timestamp,
    /// Who recorded it: a principal's id.
    pub recorded_by: String,
    /// When.
    pub recorded_at: Timestamp,
}

/// How many units of something were expected and are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// The line of the order, by number from 1; 0: the whole shipment.
    pub goods_line: i32,
    /// The piece; none: all of them.
    pub piece: Option<PieceId>,
    /// How many should be there.
    pub expected: i64,
    /// How many are there.
    pub counted: i64,
    /// How many of those are damaged.
    pub damaged: i64,
    /// How many of those are other goods.
    pub wrong: i64,
}

/// A report that proves something, with its files and signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Its id.
    pub id: ProofId,
    /// What it proves: `damage`, `discrepancy`, `delivery`, `weight`. A code.
    pub kind: String,
    /// The finding it belongs to, by number; 0: none.
    pub finding: i32,
    /// What it says, in words. Personal data.
    pub statement: String,
    /// Its files.
    pub files: Vec<EvidenceFile>,
    /// Who signed it.
    pub signatures: Vec<Signature>,
    /// When it was drawn up.
    pub drawn_up_at: Timestamp,
    /// Who recorded it: a principal's id.
    pub recorded_by: String,
    /// When.
    pub recorded_at: Timestamp,
}

/// A file that is evidence, known by its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceFile {
    /// SHA-256 of its bytes in hexadecimal.
    pub sha256: String,
    /// What it is, such as `image/jpeg`.
    pub media_type: String,
    /// How many bytes it has.
    pub size_bytes: i64,
    /// Its name. Personal data.
    pub name: String,
    /// What it shows. A code; empty: not told.
    pub shows: String,
    /// When it was taken.
    pub taken_at: Option<Timestamp>,
    /// Where its bytes are; empty: not handed in yet.
    pub storage_key: String,
}

/// Who signed a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// As what: `outlet`, `carrier`, `driver`, `receiver`, `customer`. A code.
    pub role: String,
    /// Their name. Personal data.
    pub name: String,
    /// When.
    pub signed_at: Timestamp,
    /// Whether they signed with a remark against it.
    pub under_protest: bool,
}

impl Count {
    /// Refuses more damaged or wrong units than are there.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.damaged > self.counted || self.wrong > self.counted {
            return Err(Error::CountsInvalid("more are damaged or wrong than were counted"));
        }
        Ok(())
    }
}

impl Finding {
    /// How many units are missing, of those that were counted at all.
    pub fn short(&self) -> i64 {
        self.sum(|count| count.expected.saturating_sub(count.counted).max(0))
    }

    /// How many units are damaged.
    pub fn damaged(&self) -> i64 {
        self.sum(|count| count.damaged)
    }

    /// How many units are other goods.
    pub fn wrong(&self) -> i64 {
        self.sum(|count| count.wrong)
    }

    /// The sum of something over all that was counted.
    pub(super) fn sum(&self, of: impl Fn(&Count) -> i64) -> i64 {
        self.counts.iter().map(of).fold(0, i64::saturating_add)
    }
}

impl Proof {
    /// Refuses a proof of damage or of a discrepancy that fewer than two signed.
    pub(super) fn check(&self) -> Result<(), Error> {
        let asks_for_two = matches!(self.kind.as_str(), "damage" | "discrepancy");
        if asks_for_two && self.signatures.len() < 2 {
            return Err(Error::ProofNotSigned);
        }
        Ok(())
    }
}
