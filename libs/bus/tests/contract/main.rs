//! What the bus promises, as facts that hold on each carrier: the same tests run on the embedded log
//! and on a private nats-server. What only one carrier has is tested beside them.

#![expect(clippy::unwrap_used, reason = "a test's unwrap is an assertion")]

mod embedded_only;
mod facts;
mod faults;
mod jetstream_only;
mod place;
mod tls;

/// Makes of each fact one test per carrier.
macro_rules! on_both {
    ($($group:ident::$fact:ident),* $(,)?) => {
        mod embedded {
            $(#[tokio::test]
            async fn $fact() {
                crate::$group::$fact(crate::place::Place::embedded()).await;
            })*
        }

        mod jetstream {
            $(#[tokio::test]
            async fn $fact() {
                if let Some(place) = crate::place::Place::jetstream() {
                    crate::$group::$fact(place).await;
                }
            })*
        }
    };
}

on_both!(
    facts::an_event_arrives_as_it_was_published,
    facts::order_is_kept_within_a_partition,
    facts::a_reader_sees_only_its_partition_of_its_service,
    facts::a_waiting_reader_is_woken,
    facts::readers_of_different_names_are_independent,
    facts::a_repeated_event_id_is_delivered_once,
    facts::what_is_not_acknowledged_comes_again_in_order,
    facts::a_reader_holds_no_more_than_its_bound,
    facts::a_large_batch_arrives_whole,
    facts::a_forgotten_name_starts_at_the_oldest_event,
    facts::lag_and_last_position_are_told,
    facts::names_that_cannot_be_carried_are_refused,
    faults::publishing_stops_at_the_first_failure_and_can_be_repeated,
    faults::the_next_holder_gets_soon_what_was_given_back,
    faults::the_next_holder_gets_what_a_vanished_one_held,
    faults::two_holders_of_one_name_miss_nothing_between_them,
    faults::nothing_is_lost_over_a_crash,
    faults::a_checkpoint_makes_each_effect_happen_once_over_crashes,
    faults::a_lost_log_is_made_anew,
    faults::what_is_too_old_is_removed,
    faults::a_closed_bus_says_so,
);
