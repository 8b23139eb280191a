//! Code as text, for tests and for looking at what the emitter made.

use std::fmt;

use super::{Code, Instruction};

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, function) in self.functions.iter().enumerate() {
            writeln!(
                formatter,
                "function {number}: {} parameters, {} locals, {} cells ({} captured), {} operands",
                function.parameter_count,
                function.local_count,
                function.cell_count,
                function.capture_count,
                function.operand_max
            )?;
            for index in function.start..function.start + function.length {
                if let Some(instruction) = self.instructions.get(index as usize) {
                    writeln!(formatter, "{index:5}  {}", self.line(instruction))?;
                }
            }
            for handler in &function.handlers {
                writeln!(
                    formatter,
                    "       {}..{} -> {} (local {}, {} values)",
                    handler.start, handler.end, handler.target, handler.slot, handler.height
                )?;
            }
        }
        Ok(())
    }
}

impl Code {
    fn line(&self, instruction: &Instruction) -> String {
        use Instruction as I;
        match *instruction {
            I::Text(text) => format!("Text {:?}", self.text_at(text)),
            I::Constant(constant) => format!("Constant {:?}", self.tables.constants.get(constant as usize)),
            I::Binary { operator, on, .. } => format!("Binary {operator:?} {on:?}"),
            I::Lifted { operator, on, .. } => format!("Lifted {operator:?} {on:?}"),
            I::Unary { operator, on, is_lifted, .. } => format!("Unary {operator:?} {on:?} lifted: {is_lifted}"),
            I::Native { native, count } | I::NativeOuts { native, count, .. } => {
                let name = self.tables.natives.get(native as usize).map_or("?", |native| &native.name);
                format!("Call {name} ({count})")
            }
            I::Cast(of) | I::As(of) | I::TypeOf(of) => {
                format!("{instruction:?} {}", self.type_at(of))
            }
            _ => format!("{instruction:?}"),
        }
    }
}
