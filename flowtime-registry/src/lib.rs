//! Part of FlowTime.
