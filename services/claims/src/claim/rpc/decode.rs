//! What requests say, in the words of the rules. Validation has checked forms and enums before.

use kefu_api_claims::v1;
use kefu_api_common::v1::Money as WireMoney;
use kefu_api_common::wire;
use kefu_kernel::money::MoneyError;
use kefu_kernel::{Money, UnknownReference, id};

use crate::Result;
use crate::claim::domain::assess::{Findings, LineFinding};
use crate::claim::domain::create::{NewExposure, NewLine};
use crate::claim::domain::evidence::NewEvidence;
use crate::claim::domain::{Claimant, Share};
use crate::domain::words::{
    Channel, ClaimType, CostKind, CoverKind, LineKind, LinkKind, Party, Resolution,
};

/// A word of the contract, where the request has one that is ours.
pub fn known<W>(word: Option<W>, field: &'static str, number: i32) -> Result<W, UnknownReference> {
    word.ok_or_else(|| UnknownReference::new(field, &number.to_string()))
}

/// By which way something came.
pub fn channel(number: i32) -> Channel {
    Channel::from_wire(number).unwrap_or(Channel::Other)
}

/// What a claim is for.
pub fn claim_type(number: i32) -> Result<ClaimType, UnknownReference> {
    known(ClaimType::from_wire(number), "type", number)
}

/// What one claim is to another.
pub fn link_kind(number: i32) -> Result<LinkKind, UnknownReference> {
    known(LinkKind::from_wire(number), "kind", number)
}

/// How a claim ends.
pub fn resolution(number: i32) -> Result<Resolution, UnknownReference> {
    known(Resolution::from_wire(number), "resolution", number)
}

/// An amount, where there is one.
pub fn optional(amount: Option<&WireMoney>) -> Result<Option<Money>, MoneyError> {
    amount.map(wire::amount).transpose()
}

/// An amount that validation asks for.
pub fn amount(amount: Option<WireMoney>) -> Result<Money, MoneyError> {
    wire::amount(&amount.unwrap_or_default())
}

/// Who claims.
pub fn claimant(party: v1::ClaimParty) -> Claimant {
    let v1::ClaimParty { name, company, phone, email, role } = party;
    Claimant { name, company, phone, email, role }
}

/// A part of a loss.
pub fn exposure(new: v1::NewExposure) -> Result<NewExposure> {
    Ok(NewExposure {
        peril: known(ClaimType::from_wire(new.peril), "peril", new.peril)?,
        cover: known(CoverKind::from_wire(new.cover), "cover", new.cover)?,
        cost_kind: known(CostKind::from_wire(new.cost_kind), "cost_kind", new.cost_kind)?,
    })
}

/// One thing that is claimed.
pub fn line(new: v1::NewClaimLine) -> Result<NewLine> {
    let kind = match new.kind() {
        v1::ClaimLineKind::Goods | v1::ClaimLineKind::Unspecified => LineKind::Goods,
        v1::ClaimLineKind::Cash => LineKind::Cash,
        v1::ClaimLineKind::Freight => LineKind::Freight,
        v1::ClaimLineKind::Expense => LineKind::Expense,
    };
    Ok(NewLine {
        kind,
        exposure: new.exposure,
        piece: id::read_optional("lines.piece_id", new.piece_id.as_deref())?,
        description: new.description,
        goods_line: new.goods_line,
        quantity: new.quantity,
        declared: optional(new.declared.as_ref())?,
        invoiced: optional(new.invoiced.as_ref())?,
        repair: optional(new.repair.as_ref())?,
        claimed: amount(new.claimed)?,
    })
}

/// A file to be kept.
pub fn evidence(new: v1::NewEvidence) -> NewEvidence {
    NewEvidence {
        kind: new.kind,
        sha256: new.sha256,
        media_type: new.media_type,
        size_bytes: new.size_bytes,
        name: new.name,
        storage_key: new.storage_key,
        provided_by: new.provided_by,
        taken_at: new.taken_at.as_ref().map(wire::instant),
    }
}

/// What an assessor found.
pub fn findings(request: v1::AssessClaimRequest) -> Result<Findings> {
    let share = |share: v1::LiabilityShare| {
        let party = known(Party::from_wire(share.party), "shares.party", share.party)?;
        Ok(Share { party, code: share.code, basis_points: share.basis_points })
    };
    let line = |line: v1::LineAssessment| {
        let salvage = optional(line.salvage.as_ref())?;
        let assessed = amount(line.assessed)?;
        Ok(LineFinding { line: line.line, assessed, salvage, note: line.note })
    };
    let reserve = |reserve: v1::ExposureReserve| {
        Ok((id::read("reserves.exposure_id", &reserve.exposure_id)?, amount(reserve.amount)?))
    };
    Ok(Findings {
        shares: request.shares.into_iter().map(share).collect::<Result<_>>()?,
        regime: request.regime,
        cap: optional(request.cap.as_ref())?,
        cap_basis: request.cap_basis,
        cap_lifted: request.cap_lifted,
        lines: request.lines.into_iter().map(line).collect::<Result<_>>()?,
        reserves: request.reserves.into_iter().map(reserve).collect::<Result<_>>()?,
        cause: request.cause,
        grounds: request.grounds,
    })
}
