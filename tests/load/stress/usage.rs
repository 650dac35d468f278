//! What a process takes of the machine, as the kernel counts it.
use std::time::Instant;

use anyhow::{Context, Result};
use procfs::process::Process;

/// The processor time of a process, from a moment on.
pub struct ProcessClock {
    pid: i32,
    began: Instant,
    began_secs: f64,
}

impl ProcessClock {
    /// Counts from now on.
    pub fn start(pid: u32) -> Result<Self> {
        let pid = i32::try_from(pid)?;
        Ok(Self {
            pid,
            began: Instant::now(),
            began_secs: cpu_secs(pid)?,
        })
    }

    /// Cores that it took since then: 1 is one core all the time.
    pub fn cores(&self) -> Result<f64> {
        let took = cpu_secs(self.pid)? - self.began_secs;
        Ok(took / self.began.elapsed().as_secs_f64().max(0.001))
    }

    /// Most memory that it ever had resident, megabytes of 10^6 bytes.
    pub fn peak_megabytes(&self) -> Result<f64> {
        let kilobytes = Process::new(self.pid)?.status()?.vmhwm;
        Ok(kilobytes.context("the kernel counts it")? as f64 * 1_024.0 / 1e6)
    }
}

fn cpu_secs(pid: i32) -> Result<f64> {
    let stat = Process::new(pid)?.stat()?;
    Ok((stat.utime + stat.stime) as f64 / procfs::ticks_per_second() as f64)
}

/// The child of this process whose program is in a file of this name.
pub fn child_named(name: &str) -> Result<u32> {
    let own = i32::try_from(std::process::id())?;
    let all = procfs::process::all_processes()?;
    let is_child = |one: &Process| {
        let of_own = one.stat().is_ok_and(|stat| stat.ppid == own);
        of_own && one.exe().is_ok_and(|path| path.ends_with(name))
    };
    let child = all.flatten().find(is_child);
    let child = child.with_context(|| format!("no process {name} is running"))?;
    Ok(u32::try_from(child.pid())?)
}
