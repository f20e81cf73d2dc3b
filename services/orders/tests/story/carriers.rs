//! Carriers: added, changed and listed.

use kefu_api_orders::v1::carriers_service_client::CarriersServiceClient;
use kefu_api_orders::v1::*;
use prost_types::FieldMask;
use tonic::Code;

use super::world::{reason, world};

fn carrier(code: &str, scac: &str) -> CreateCarrierRequest {
    CreateCarrierRequest {
        code: code.into(),
        name: code.to_uppercase(),
        scac: scac.into(),
        waybill_check: WaybillCheck::S10.into(),
        time_zone: "Asia/Shanghai".into(),
        source_priority: vec!["edi".into(), "poll".into()],
        ..Default::default()
    }
}

fn update(carrier: &Carrier, patch: CarrierPatch, path: &str) -> UpdateCarrierRequest {
    UpdateCarrierRequest {
        carrier_id: carrier.id.clone(),
        carrier: Some(patch),
        update_mask: Some(FieldMask { paths: vec![path.into()] }),
        ..Default::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_one_carriers_and_what_was_given_up_is_free() {
    let world = world().await;
    let mut client = CarriersServiceClient::new(world.admin());
    let dhx = client.create_carrier(carrier("dhx", "DHXX")).await.unwrap().into_inner();
    assert_eq!((dhx.waybill_days, dhx.waybill_check()), (120, WaybillCheck::S10));
    let get = GetCarrierRequest { carrier_id: dhx.id.clone() };
    assert_eq!(client.get_carrier(get).await.unwrap().into_inner(), dhx);
    let taken = (Code::AlreadyExists, "CODE_TAKEN".to_owned());
    assert_eq!(reason(client.create_carrier(carrier("dhx", "")).await), taken);
    assert_eq!(reason(client.create_carrier(carrier("other", "DHXX")).await), taken);
    let other = client.create_carrier(carrier("other", "")).await.unwrap().into_inner();
    let scac = |scac: &str| CarrierPatch { scac: scac.into(), ..Default::default() };
    let refused = client.update_carrier(update(&other, scac("DHXX"), "scac")).await;
    assert_eq!(reason(refused), taken);
    client.update_carrier(update(&dhx, scac(""), "scac")).await.unwrap();
    client.update_carrier(update(&other, scac("DHXX"), "scac")).await.unwrap();
    let nowhere = CarrierPatch { time_zone: "Mars/Olympus".into(), ..Default::default() };
    let refused = reason(client.update_carrier(update(&dhx, nowhere, "time_zone")).await);
    assert_eq!(refused, (Code::InvalidArgument, "TIME_ZONE_UNKNOWN".into()));
    let closed = client.update_carrier(update(&dhx, CarrierPatch::default(), "active")).await;
    assert!(!closed.unwrap().into_inner().active);
    let mut listed = async |show_inactive| {
        let request = ListCarriersRequest { show_inactive, ..Default::default() };
        let found = client.list_carriers(request).await.unwrap().into_inner().carriers;
        found.into_iter().map(|carrier| carrier.code).collect::<Vec<_>>()
    };
    assert_eq!(listed(false).await, ["other"]);
    assert_eq!(listed(true).await, ["dhx", "other"]);
    world.close().await;
}
