//! A stateless workload as builders describe it, and the resources that every workload has.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec};
use k8s_openapi::api::autoscaling::v2::{
    CrossVersionObjectReference, HPAScalingPolicy, HPAScalingRules, HorizontalPodAutoscaler,
    HorizontalPodAutoscalerBehavior, HorizontalPodAutoscalerSpec, MetricSpec, MetricTarget, ResourceMetricSource,
};
use k8s_openapi::api::core::v1::{ConfigMap, Service, ServiceAccount, ServicePort, ServiceSpec};
use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde_json::Value;

use super::meta::{Owner, metadata, selector, versioned_labels};
use super::network_policy::{self, Arrows};
use super::pod::{self, Pod};
use super::value_of;
use crate::platform::Scope;
use crate::values::{Allowance, Autoscaler, Scaling, ScalingRules, SelectPolicy};

/// A stateless workload.
pub(super) struct Workload<'a> {
    /// Its pods.
    pub(super) pod: Pod<'a>,
    /// How many of them.
    pub(super) scaling: Scaling,
    /// Whom it talks to.
    pub(super) arrows: Arrows<'a>,
}

/// ServiceAccount, ConfigMap, Deployment, Service, autoscaler, disruption budget and network policy:
/// those of them that the workload needs.
pub(super) fn build(scope: &Scope, workload: &Workload<'_>) -> Vec<Value> {
    let owner = workload.pod.owner;
    let mut resources = vec![service_account(scope, owner)];
    resources.extend(files(scope, &workload.pod));
    resources.push(value_of(&deployment(scope, workload)));
    if !workload.pod.ports.is_empty() && workload.arrows.is_called() {
        resources.push(value_of(&service(scope, &workload.pod, None)));
    }
    if let Scaling::Autoscaler(autoscaler) = &workload.scaling {
        resources.push(value_of(&horizontal_pod_autoscaler(scope, owner, autoscaler)));
    }
    if workload.scaling.fewest() > 1 {
        resources.push(value_of(&pod_disruption_budget(scope, owner)));
    }
    resources.push(network_policy::build(scope, owner, &workload.arrows));
    resources
}

/// An account without rights and without a token in the pods.
pub(super) fn service_account(scope: &Scope, owner: Owner<'_>) -> Value {
    value_of(&ServiceAccount {
        metadata: metadata(scope, owner, owner.component),
        automount_service_account_token: Some(false),
        ..ServiceAccount::default()
    })
}

/// The ConfigMap with the files of a pod, where it has any.
pub(super) fn files(scope: &Scope, pod: &Pod<'_>) -> Option<Value> {
    let data: BTreeMap<String, String> = pod.files().map(|(key, content)| (key, content.to_owned())).collect();
    (!data.is_empty()).then(|| {
        value_of(&ConfigMap {
            metadata: metadata(scope, pod.owner, pod.owner.component),
            data: Some(data),
            ..ConfigMap::default()
        })
    })
}

fn deployment(scope: &Scope, workload: &Workload<'_>) -> Deployment {
    let owner = workload.pod.owner;
    let mut metadata = metadata(scope, owner, owner.component);
    metadata.labels = Some(versioned_labels(scope, owner, workload.pod.image.version_label()));
    let replicas = match &workload.scaling {
        Scaling::Replicas(replicas) => Some(i32::from(replicas.get())),
        Scaling::Autoscaler(_) => None,
    };
    Deployment {
        metadata,
        spec: Some(DeploymentSpec {
            replicas,
            revision_history_limit: Some(3),
            selector: selector(owner.component),
            template: pod::template(scope, &workload.pod, workload.scaling.most() > 1),
            ..DeploymentSpec::default()
        }),
        ..Deployment::default()
    }
}

/// The Service of a pod's ports; `cluster_ip` is `None` (the text) for a headless one.
pub(super) fn service(scope: &Scope, pod: &Pod<'_>, cluster_ip: Option<&str>) -> Service {
    let ports = pod.ports.iter().map(|(name, port)| ServicePort {
        name: Some(name.clone()),
        port: i32::from(*port),
        protocol: Some("TCP".to_owned()),
        target_port: Some(IntOrString::String(name.clone())),
        ..ServicePort::default()
    });
    Service {
        metadata: metadata(scope, pod.owner, pod.owner.component),
        spec: Some(ServiceSpec {
            type_: Some("ClusterIP".to_owned()),
            cluster_ip: cluster_ip.map(str::to_owned),
            selector: selector(pod.owner.component).match_labels,
            ports: Some(ports.collect()),
            ..ServiceSpec::default()
        }),
        ..Service::default()
    }
}

fn horizontal_pod_autoscaler(scope: &Scope, owner: Owner<'_>, autoscaler: &Autoscaler) -> HorizontalPodAutoscaler {
    let target = MetricTarget {
        type_: "Utilization".to_owned(),
        average_utilization: Some(autoscaler.target_utilization.get().into()),
        ..MetricTarget::default()
    };
    HorizontalPodAutoscaler {
        metadata: metadata(scope, owner, owner.component),
        spec: HorizontalPodAutoscalerSpec {
            scale_target_ref: CrossVersionObjectReference {
                api_version: Some("apps/v1".to_owned()),
                kind: "Deployment".to_owned(),
                name: owner.component.to_owned(),
            },
            min_replicas: Some(autoscaler.min_replicas.get().into()),
            max_replicas: autoscaler.max_replicas.get().into(),
            metrics: Some(vec![MetricSpec {
                type_: "Resource".to_owned(),
                resource: Some(ResourceMetricSource { name: "cpu".to_owned(), target }),
                ..MetricSpec::default()
            }]),
            behavior: Some(HorizontalPodAutoscalerBehavior {
                scale_up: Some(scaling_rules(&autoscaler.scale_up)),
                scale_down: Some(scaling_rules(&autoscaler.scale_down)),
            }),
        },
        ..HorizontalPodAutoscaler::default()
    }
}

fn scaling_rules(rules: &ScalingRules) -> HPAScalingRules {
    let select = match rules.select {
        SelectPolicy::Max => "Max",
        SelectPolicy::Min => "Min",
        SelectPolicy::Disabled => "Disabled",
    };
    let policies = rules.policies.iter().map(|policy| {
        let (kind, value) = match policy.allow {
            Allowance::Pods(pods) => ("Pods", pods),
            Allowance::Percent(percent) => ("Percent", percent),
        };
        HPAScalingPolicy { type_: kind.to_owned(), value: value.get().into(), period_seconds: policy.per.as_i32() }
    });
    HPAScalingRules {
        select_policy: Some(select.to_owned()),
        stabilization_window_seconds: Some(rules.stabilization_window.as_i32()),
        policies: Some(policies.collect()),
        tolerance: None,
    }
}

/// One pod at a time may be evicted: a drain goes on, and the service stays.
fn pod_disruption_budget(scope: &Scope, owner: Owner<'_>) -> PodDisruptionBudget {
    PodDisruptionBudget {
        metadata: metadata(scope, owner, owner.component),
        spec: Some(PodDisruptionBudgetSpec {
            max_unavailable: Some(IntOrString::Int(1)),
            selector: Some(selector(owner.component)),
            ..PodDisruptionBudgetSpec::default()
        }),
        ..PodDisruptionBudget::default()
    }
}
