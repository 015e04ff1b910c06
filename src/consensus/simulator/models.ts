/** The protocols that the simulator knows. */
import { type AnyModel, anyModel } from './model.ts';
import { hotstuff } from './models/hotstuff.ts';
import { pbft } from './models/pbft.ts';
import { raft } from './models/raft.ts';
import { tendermint } from './models/tendermint.ts';
import { weighted } from './models/weighted.ts';

export const MODELS: Readonly<Record<string, AnyModel>> = {
  hotstuff: anyModel(hotstuff),
  pbft: anyModel(pbft),
  tendermint: anyModel(tendermint),
  weighted: anyModel(weighted),
  raft: anyModel(raft),
};
