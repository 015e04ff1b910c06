import { LiquidError } from '../errors.ts';
import { type NcpSpec, ncp } from './ncp.ts';
import { checkCount, UNITS_MAX, type Wiring } from './wiring.ts';

/** An NCP whose layers and fan-outs follow from its size and sparsity. ncps.wirings.AutoNCP, seed by seed. */
export interface AutoNcpSpec {
  readonly kind: 'auto-ncp';
  readonly units: number;
  /** Motor neurons: at least 1, below units - 2. */
  readonly outputs: number;
  /** 0.1 (dense) to 1 (as sparse as can be). */
  readonly sparsity: number;
  readonly seed: number;
}

export function autoNcp(spec: AutoNcpSpec, inputs: number): Wiring {
  return ncp(ncpOf(spec), inputs);
}

function ncpOf({ units, outputs, sparsity, seed }: AutoNcpSpec): NcpSpec {
  checkCount('units', units, 4, UNITS_MAX);
  checkCount('outputs', outputs, 1, units - 3);
  if (!(sparsity >= 0.1 && sparsity <= 1)) {
    throw new LiquidError('wiring-invalid', `wiring: sparsity is ${sparsity}; valid are numbers from 0.1 to 1`);
  }
  const density = 1 - sparsity;
  const share = (neurons: number): number => Math.max(Math.trunc(neurons * density), 1);
  const command = Math.max(Math.trunc(0.4 * (units - outputs)), 1);
  const inter = units - outputs - command;
  return {
    kind: 'ncp',
    inter,
    command,
    motor: outputs,
    sensoryFanout: share(inter),
    interFanout: share(command),
    recurrentCommand: share(2 * command),
    motorFanin: share(command),
    seed,
  };
}
