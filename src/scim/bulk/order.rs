//! The order in which operations that refer to each other can be done.

use std::collections::{BTreeSet, HashSet};

/// Puts units in an order in which each comes after those it points to, and otherwise in the
/// order in which their operations came: what refers forward waits, nothing is pulled ahead.
pub(super) fn in_order(units: Vec<Vec<usize>>, edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut unit_of = vec![0; edges.len()];
    for (n, unit) in units.iter().enumerate() {
        for member in unit {
            set(&mut unit_of, *member, n);
        }
    }
    let waits_for = |n: usize, unit: &[usize]| -> HashSet<usize> {
        let targets = unit
            .iter()
            .filter_map(|member| edges.get(*member))
            .flatten();
        let others = targets.filter_map(|target| unit_of.get(*target).copied());
        others.filter(|other| *other != n).collect()
    };
    let mut waiting: Vec<HashSet<usize>> = units
        .iter()
        .enumerate()
        .map(|(n, unit)| waits_for(n, unit))
        .collect();
    let mut waited_for_by: Vec<Vec<usize>> = vec![Vec::new(); units.len()];
    for (n, others) in waiting.iter().enumerate() {
        for other in others {
            if let Some(list) = waited_for_by.get_mut(*other) {
                list.push(n);
            }
        }
    }
    let first = |n: usize| {
        units
            .get(n)
            .and_then(|unit| unit.first())
            .copied()
            .unwrap_or_default()
    };
    let mut ready: BTreeSet<(usize, usize)> = (0..units.len())
        .filter(|n| waiting.get(*n).is_some_and(HashSet::is_empty))
        .map(|n| (first(n), n))
        .collect();
    let mut ordered = Vec::with_capacity(units.len());
    while let Some((_, n)) = ready.pop_first() {
        ordered.extend(units.get(n).cloned());
        for later in waited_for_by.get(n).into_iter().flatten() {
            if let Some(others) = waiting.get_mut(*later) {
                others.remove(&n);
                if others.is_empty() {
                    ready.insert((first(*later), *later));
                }
            }
        }
    }
    ordered
}

/// Tarjan's strongly connected components, without recursion; each after those it points to,
/// and in the order of the numbers where nothing decides.
pub(super) fn strongly_connected(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    const UNSEEN: usize = usize::MAX;
    let at = |list: &[usize], n: usize| list.get(n).copied().unwrap_or(UNSEEN);
    let (mut order, mut low) = (vec![UNSEEN; edges.len()], vec![UNSEEN; edges.len()]);
    let (mut stack, mut on_stack) = (Vec::new(), vec![false; edges.len()]);
    let (mut components, mut next) = (Vec::new(), 0);
    for root in 0..edges.len() {
        if at(&order, root) != UNSEEN {
            continue;
        }
        let mut calls = vec![(root, 0)];
        while let Some((node, edge)) = calls.pop() {
            if edge == 0 {
                set(&mut order, node, next);
                set(&mut low, node, next);
                next += 1;
                stack.push(node);
                set(&mut on_stack, node, true);
            }
            let target = edges
                .get(node)
                .and_then(|targets| targets.get(edge))
                .copied();
            if let Some(target) = target {
                calls.push((node, edge + 1));
                if at(&order, target) == UNSEEN {
                    calls.push((target, 0));
                } else if on_stack.get(target) == Some(&true) {
                    let lower = at(&low, node).min(at(&order, target));
                    set(&mut low, node, lower);
                }
                continue;
            }
            if let Some((parent, _)) = calls.last() {
                let lower = at(&low, *parent).min(at(&low, node));
                set(&mut low, *parent, lower);
            }
            if at(&low, node) == at(&order, node) {
                let start = stack
                    .iter()
                    .rposition(|member| *member == node)
                    .unwrap_or(0);
                let mut component = stack.split_off(start);
                for member in &component {
                    set(&mut on_stack, *member, false);
                }
                component.sort_unstable();
                components.push(component);
            }
        }
    }
    components
}

fn set<T>(list: &mut [T], n: usize, value: T) {
    if let Some(place) = list.get_mut(n) {
        *place = value;
    }
}
