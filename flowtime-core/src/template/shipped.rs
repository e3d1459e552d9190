//! The templates that come with the library.

/// Id and text of every shipped template, by id.
pub(super) const SHIPPED: [(&str, &str); 7] = [
    ("checkout-service", include_str!("../../templates/checkout-service.yaml")),
    ("emergency-department", include_str!("../../templates/emergency-department.yaml")),
    ("it-microservices", include_str!("../../templates/it-microservices.yaml")),
    ("manufacturing-line", include_str!("../../templates/manufacturing-line.yaml")),
    ("network-reliability", include_str!("../../templates/network-reliability.yaml")),
    ("supply-chain", include_str!("../../templates/supply-chain.yaml")),
    ("transportation-hub", include_str!("../../templates/transportation-hub.yaml")),
];
