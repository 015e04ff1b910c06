import { describeTendermint } from '../../../src/consensus/simulator/models/tendermint.ts';
import type { TendermintVocabulary } from '../../../src/consensus/tendermint/message.ts';
import { createTendermintParameters } from '../../../src/consensus/tendermint/parameters.ts';
import { TendermintReplica } from '../../../src/consensus/tendermint/replica.ts';
import { Links, scriptWorld } from '../links.ts';
import { testScripts } from '../scripts.ts';

const parameters = createTendermintParameters({ blockItemsMax: 2 });

testScripts(
  new URL('scripts/', import.meta.url),
  () =>
    new Links<TendermintVocabulary>(
      (replicas) => {
        const { instance, scheme, signers } = scriptWorld('tendermint', replicas);
        return {
          create: ({ index, records }) =>
            new TendermintReplica({ instance, index, signer: signers[index], scheme, parameters, records }),
          describe: (message) => describeTendermint(instance, message),
        };
      },
      (machine) =>
        machine instanceof TendermintReplica
          ? `round ${machine.round} ${machine.currentStep}, locked ${machine.lockedRound}, valid ${machine.validRound}`
          : '',
    ),
);
