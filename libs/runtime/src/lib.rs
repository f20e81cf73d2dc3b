//! Configuration, composition, tasks, timers and drain.
