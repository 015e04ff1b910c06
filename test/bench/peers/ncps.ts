import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { PythonProcess, pythonWith } from './python.ts';

/** torch 1.13 is what the recorded parity values were made with; it wants the older numpy. */
const REQUIREMENTS = ['ncps==1.0.1', 'torch==1.13.1', 'numpy<2'];
export const NCPS_MODELS = ['CfC-32', 'CfC AutoNCP-32', 'LTC AutoNCP-32'] as const;
export type NcpsModel = (typeof NCPS_MODELS)[number];

const Hello = z.object({ ncps: z.string(), torch: z.string(), python: z.string(), threads: z.number() });
const Made = z.object({ record: z.unknown() });
const Ran = z.object({ ms: z.number() });

/** ncps in torch, on the CPU, one thread. */
export class NcpsPeer {
  readonly versions: z.infer<typeof Hello>;
  readonly #process: PythonProcess;

  private constructor(process: PythonProcess) {
    this.#process = process;
    this.versions = Hello.parse(process.hello);
  }

  /** Installs it (2 GB), if the cache doesn't have it yet. Rejects with the reason where that can't be done. */
  static async open(): Promise<NcpsPeer> {
    const script = fileURLToPath(new URL('./ncps_peer.py', import.meta.url));
    const oneThread = { OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };
    return new NcpsPeer(await PythonProcess.start(await pythonWith(REQUIREMENTS), [script], oneThread));
  }

  /** The model's weights and a short run of it, in the form of an import. */
  async make(model: NcpsModel, inputs: number): Promise<unknown> {
    return Made.parse(await this.#process.ask({ do: 'make', model, inputs })).record;
  }

  /** Mean ms of one step of so many rows. */
  async run(model: NcpsModel, rows: number, steps: number): Promise<number> {
    return Ran.parse(await this.#process.ask({ do: 'run', model, rows, steps })).ms;
  }

  async close(): Promise<void> {
    await this.#process.close();
  }
}
