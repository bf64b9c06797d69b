//! Which files have to be named before which: strongly connected components, dependencies first.

/// The strongly connected components of a graph, each after all that it leads to (Tarjan, 1972).
///
/// `edges[n]` are the nodes that node `n` leads to. Without recursion: a chain of imports may be
/// longer than the stack is deep.
pub fn components(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    const UNSEEN: usize = usize::MAX;
    let mut index = vec![UNSEEN; edges.len()];
    let mut low = vec![0; edges.len()];
    let mut on_stack = vec![false; edges.len()];
    let (mut stack, mut components, mut count) = (Vec::new(), Vec::new(), 0);

    for root in 0..edges.len() {
        if index[root] != UNSEEN {
            continue;
        }
        // Each level of the walk: a node, and which of its edges comes next.
        let mut walk = vec![(root, 0)];
        while let Some(&mut (node, ref mut next)) = walk.last_mut() {
            if *next == 0 {
                index[node] = count;
                low[node] = count;
                count += 1;
                stack.push(node);
                on_stack[node] = true;
            }
            if let Some(&target) = edges[node].get(*next) {
                *next += 1;
                if index[target] == UNSEEN {
                    walk.push((target, 0));
                } else if on_stack[target] {
                    low[node] = low[node].min(index[target]);
                }
                continue;
            }
            walk.pop();
            if let Some(&(parent, _)) = walk.last() {
                low[parent] = low[parent].min(low[node]);
            }
            if low[node] == index[node] {
                let start = stack.iter().rposition(|member| *member == node).unwrap_or(0);
                let mut component = stack.split_off(start);
                component.iter().for_each(|member| on_stack[*member] = false);
                component.sort_unstable();
                components.push(component);
            }
        }
    }
    components
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dependencies_come_first() {
        let cases: [(&[&[usize]], &[&[usize]]); 6] = [
            (&[], &[]),
            (&[&[]], &[&[0]]),
            (&[&[1], &[2], &[]], &[&[2], &[1], &[0]]),
            (&[&[1], &[0]], &[&[0, 1]]),
            (&[&[0]], &[&[0]]),
            (&[&[1, 3], &[2], &[1], &[]], &[&[1, 2], &[3], &[0]]),
        ];
        for (edges, expected) in cases {
            let edges: Vec<_> = edges.iter().map(|targets| targets.to_vec()).collect();
            assert_eq!(components(&edges), expected, "{edges:?}");
        }
    }

    #[test]
    fn a_chain_of_imports_may_be_long() {
        let edges: Vec<_> = (0..200_000).map(|n| if n == 199_999 { vec![] } else { vec![n + 1] }).collect();
        assert_eq!(components(&edges).len(), 200_000);
    }

    proptest! {
        #[test]
        fn every_node_is_in_one_component_after_what_it_leads_to(
            edges in (1usize..30).prop_flat_map(|n| {
                proptest::collection::vec(proptest::collection::vec(0..n, 0..4), n)
            })
        ) {
            let components = components(&edges);
            let mut position = vec![None; edges.len()];
            for (place, component) in components.iter().enumerate() {
                for node in component {
                    prop_assert!(position[*node].replace(place).is_none());
                }
            }
            for (node, targets) in edges.iter().enumerate() {
                for target in targets {
                    prop_assert!(position[*target] <= position[node]);
                }
            }
        }
    }
}
