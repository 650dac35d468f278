//! What pool, insurance and winners carry.
use super::Sent;
use crate::{AssetHandle, Trader, World};
use freeboard::instructions::DeleverageArgs;
use freeboard_client::instructions;

impl World {
    /// settle_loss.
    pub fn settle_loss(&mut self, trader: &Trader, asset: &AssetHandle) -> Sent {
        let account = trader.margin_account;
        let metas = self.all_metas();
        let instruction = instructions::settle_loss(&self.keys, account, asset.index, metas);
        self.send(&[instruction], &[])
    }

    /// resolve_bankruptcy.
    pub fn resolve_bankruptcy(&mut self, trader: &Trader) -> Sent {
        let account = trader.margin_account;
        let instruction = instructions::resolve_bankruptcy(&self.keys, account, self.all_metas());
        self.send(&[instruction], &[])
    }

    /// deleverage, as much as pays the deficit.
    pub fn deleverage(&mut self, trader: &Trader, asset: &AssetHandle) -> Sent {
        self.deleverage_at_most(trader, asset, u64::MAX)
    }

    /// deleverage.
    pub fn deleverage_at_most(
        &mut self,
        trader: &Trader,
        asset: &AssetHandle,
        max_size_atoms: u64,
    ) -> Sent {
        let args = DeleverageArgs {
            asset_index: asset.index,
            max_size_atoms,
        };
        let (account, metas) = (trader.margin_account, self.all_metas());
        let instruction = instructions::deleverage(&self.keys, account, args, metas);
        self.send(&[instruction], &[])
    }
}
