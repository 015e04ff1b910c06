/** The protocols that are measured: how each is made, with parameters as in production. What they run over and how they are lied in, the simulator knows. */
import type { Machine, Vocabulary } from '../../../src/consensus/core.ts';
import { createParameters } from '../../../src/consensus/hotstuff/parameters.ts';
import { HotStuffReplica } from '../../../src/consensus/hotstuff/replica.ts';
import type { Instance } from '../../../src/consensus/instance.ts';
import { createPbftParameters } from '../../../src/consensus/pbft/parameters.ts';
import { PbftReplica } from '../../../src/consensus/pbft/replica.ts';
import { RaftMachine } from '../../../src/consensus/raft/machine.ts';
import { RULES as RAFT_RULES } from '../../../src/consensus/raft/rules.ts';
import type { SignatureScheme, Signer } from '../../../src/consensus/signature.ts';
import type { Model } from '../../../src/consensus/simulator/model.ts';
import { hotstuff } from '../../../src/consensus/simulator/models/hotstuff.ts';
import { pbft } from '../../../src/consensus/simulator/models/pbft.ts';
import { raft } from '../../../src/consensus/simulator/models/raft.ts';
import { tendermint } from '../../../src/consensus/simulator/models/tendermint.ts';
import { weighted } from '../../../src/consensus/simulator/models/weighted.ts';
import { createTendermintParameters } from '../../../src/consensus/tendermint/parameters.ts';
import { TendermintReplica } from '../../../src/consensus/tendermint/replica.ts';
import { weightedVariant } from '../../../src/consensus/weighted/electorate.ts';

export interface Place {
  readonly instance: Instance;
  readonly index: number;
  readonly signer: Signer;
  readonly scheme: SignatureScheme;
}

export interface Contestant<V extends Vocabulary> {
  readonly name: string;
  readonly model: Model<V>;
  create(place: Place): Machine<V>;
}

/** A contestant whose words are of no concern to whoever only runs it. */
export interface AnyContestant {
  readonly name: string;
  readonly tolerates: 'lies' | 'crashes';
  with<R>(use: <V extends Vocabulary>(contestant: Contestant<V>) => R): R;
}

function contestant<V extends Vocabulary>(made: Contestant<V>): AnyContestant {
  return { name: made.name, tolerates: made.model.tolerates, with: (use) => use(made) };
}

const parameters = createParameters();

export const CONTESTANTS: readonly AnyContestant[] = [
  contestant({
    name: 'hotstuff',
    model: hotstuff,
    create: ({ instance, index, signer, scheme }) =>
      new HotStuffReplica({ instance, validator: idOf(instance, index), signer, scheme, parameters, logStart: 0 }),
  }),
  contestant({
    name: 'weighted',
    model: weighted,
    create: ({ instance, index, signer, scheme }) => {
      const validator = idOf(instance, index);
      const variant = weightedVariant();
      return new HotStuffReplica({ instance, validator, signer, scheme, parameters, logStart: 0, variant });
    },
  }),
  contestant({
    name: 'pbft',
    model: pbft,
    create: (place) => new PbftReplica({ ...place, parameters: createPbftParameters(), records: [] }),
  }),
  contestant({
    name: 'tendermint',
    model: tendermint,
    create: (place) => new TendermintReplica({ ...place, parameters: createTendermintParameters(), records: [] }),
  }),
  contestant({
    name: 'raft',
    model: raft,
    create: ({ instance, index }) =>
      new RaftMachine({
        instance,
        index,
        rules: RAFT_RULES,
        records: [],
        parameters: {
          tickMs: 50,
          electionTicks: 10,
          blockItemsMax: 256,
          blocksInFlightMax: 4,
          messageBytesMax: 1 << 20,
          snapshotEvery: 256,
          entriesKept: 64,
          decidedKept: 8192,
          seed: 1,
        },
      }),
  }),
];

function idOf(instance: Instance, index: number): string {
  return instance.set.validators[index].id;
}
