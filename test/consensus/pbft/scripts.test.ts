import type { PbftVocabulary } from '../../../src/consensus/pbft/message.ts';
import { createPbftParameters } from '../../../src/consensus/pbft/parameters.ts';
import { PbftReplica } from '../../../src/consensus/pbft/replica.ts';
import { describePbft } from '../../../src/consensus/simulator/models/pbft.ts';
import { Links, scriptWorld } from '../links.ts';
import { testScripts } from '../scripts.ts';

const parameters = createPbftParameters({ blockItemsMax: 2, checkpointEvery: 2, window: 4, inFlightMax: 2 });

testScripts(
  new URL('scripts/', import.meta.url),
  () =>
    new Links<PbftVocabulary>(
      (replicas) => {
        const { instance, scheme, signers } = scriptWorld('pbft', replicas);
        return {
          create: ({ index, records }) =>
            new PbftReplica({ instance, index, signer: signers[index], scheme, parameters, records }),
          describe: (message) => describePbft(instance, message),
        };
      },
      (machine) =>
        machine instanceof PbftReplica
          ? `view ${machine.view}${machine.isChanging ? ' asked for' : ''}, stable ${machine.low}`
          : '',
    ),
);
