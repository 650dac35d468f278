//! P4: no parameter change takes MM above what it prescribes, or anything at once; what is called tighter
//! gives nobody free collateral. P5: whatever is changed how often, MM of a lone position rises by at most 5 %
//! in any hour at constant prices and own size. All the while one account gives both levels: IM as
//! target and at least 1.25·MM, MM as in force.
mod levels;
mod pace;
mod tighter;
