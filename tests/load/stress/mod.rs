//! What storms and faults have in common. All traffic stays on 127.0.0.1.
mod crowd;
mod falls;
mod keeper;
mod observer;
mod proxy;
mod scene;
mod spans;
mod usage;

pub use keeper::{KeeperLog, MeasuredKeeper};
pub use observer::{SeenStorm, StormObserver};
pub use proxy::{FaultyProxy, ProxyFault};
pub use scene::{LoadScene, SceneArguments};
pub use spans::{SpanFigures, span_figures};
pub use usage::ProcessClock;
