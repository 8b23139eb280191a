//! The last step of a function: labels become places, jumps back become [`Instruction::Repeat`], and the height of the operand stack is worked
//! out for every instruction.

use super::{Body, RETURN_SLOT, number};
use crate::expression::code::{Function, Handler, Instruction, Tables};

impl Body<'_> {
    pub(super) fn finish(self, cell_count: u32, capture_count: u32) -> Function {
        let Body { builder, function, start, labels, mut handlers, mut local_count, return_label, .. } = self;
        let place = |label: u32| labels.get(label as usize).copied().unwrap_or(start);
        let own = builder.instructions.get_mut(start as usize..).unwrap_or_default();
        for (at, instruction) in (start..).zip(own.iter_mut()) {
            if let Some((target, _)) = instruction.jump() {
                *target = place(*target);
            }
            if let Instruction::Load(slot @ RETURN_SLOT) | Instruction::Store(slot @ RETURN_SLOT) = instruction {
                *slot = local_count;
            }
            if let Instruction::Jump(target) = *instruction
                && target <= at
            {
                *instruction = Instruction::Repeat { target, cost: at - target + 1 };
            }
        }
        local_count += u32::from(return_label.is_some());
        for handler in &mut handlers {
            handler.target = place(handler.target);
        }
        let operand_max = heights(own, start, &mut handlers, &builder.tables);
        for handler in &mut handlers {
            handler.height += local_count;
        }
        Function {
            start,
            length: number(own.len()),
            parameter_count: number(function.parameter_count),
            local_count,
            cell_count,
            capture_count,
            operand_max,
            handlers: handlers.into(),
        }
    }
}

/// Walks all ways through the code. Sets the heights of the handlers and returns the greatest.
fn heights(code: &[Instruction], start: u32, handlers: &mut [Handler], tables: &Tables) -> u32 {
    let mut heights: Vec<Option<i64>> = vec![None; code.len()];
    let mut waiting = vec![(0_usize, 0_i64)];
    let mut highest = 0;
    loop {
        while let Some((index, height)) = waiting.pop() {
            let (Some(known), Some(instruction)) = (heights.get_mut(index), code.get(index)) else { continue };
            if let Some(known) = known {
                #[cfg(test)]
                assert_eq!(*known, height, "height at {index} of {code:#?}");
                let _ = known;
                continue;
            }
            *known = Some(height);
            let (takes, leaves) = instruction.effect(tables);
            #[cfg(test)]
            assert!(height >= i64::from(takes), "too few operands at {index} of {code:#?}");
            let next = height - i64::from(takes) + i64::from(leaves);
            highest = highest.max(height).max(next);
            let mut instruction = *instruction;
            if !instruction.is_end() {
                waiting.push((index + 1, next));
            }
            if let Some((target, change)) = instruction.jump() {
                waiting.push((target.saturating_sub(start) as usize, height + change));
            }
        }
        for handler in handlers.iter_mut() {
            let at = |place: u32| heights.get(place.saturating_sub(start) as usize).copied().flatten();
            if let (Some(height), None) = (at(handler.start), at(handler.target)) {
                handler.height = u32::try_from(height).unwrap_or_default();
                waiting.push((handler.target.saturating_sub(start) as usize, height));
            }
        }
        if waiting.is_empty() {
            return u32::try_from(highest).unwrap_or_default();
        }
    }
}
