/**
 * What must hold in every run, judged from outside: from what was said, what lies in the log and what came out. The checkers share
 * no code with the ledger they judge (certificates are counted again, here), and they also see what never reached the log.
 */
import type { Decision } from '../../../schemas/records.ts';
import { type Block, hashBlock } from '../block.ts';
import type { Certificate } from '../certificate.ts';
import { hex } from '../encoding.ts';
import { type Equivocation, verifyEquivocation } from '../equivocation.ts';
import type { Instance } from '../instance.ts';
import { type Message, statement } from '../message.ts';
import type { SignatureScheme } from '../signature.ts';
import { verifyDecision } from '../verify.ts';

/** What a run's truth is: the proposals, and the verdicts that honest checks gave on them. */
export interface Truth {
  readonly digest: string;
  readonly decidedMs: number;
  /** 'APPROVED' or 'REJECTED', as any honest validator ever held. */
  readonly verdicts: ReadonlySet<string>;
}

interface Said {
  view: number;
  timedOut: number;
  readonly votes: Map<string, string>;
}

export class Checkers {
  readonly violations: string[] = [];
  readonly #instance: Instance;
  readonly #scheme: SignatureScheme;
  readonly #honest: ReadonlySet<string>;
  readonly #truth: (offset: number) => Truth | undefined;
  /** Committed block by height, as first seen anywhere. */
  readonly #chain = new Map<number, string>();
  readonly #hashes = new WeakMap<Block, Uint8Array>();
  readonly #blocks = new Map<string, Block>();
  /** COMMIT votes ever signed, by view and block: who. */
  readonly #commits = new Map<string, Set<string>>();
  readonly #said = new Map<string, Said>();
  /** Highest view of a vote in the log, by honest validator. */
  readonly #logged = new Map<string, number>();
  readonly #incarnations = new Map<string, number>();
  /** Votes that counted when they were appended. */
  readonly #countable = new Set<string>();
  readonly #decidedOffsets = new Set<number>();
  readonly #decidedDigests = new Set<string>();

  constructor(
    instance: Instance,
    scheme: SignatureScheme,
    honest: ReadonlySet<string>,
    truth: (offset: number) => Truth | undefined,
  ) {
    this.#instance = instance;
    this.#scheme = scheme;
    this.#honest = honest;
    this.#truth = truth;
  }

  /** Everything anyone says, whether or not it reaches the log; `speaker` is who really says it. */
  onSaid(speaker: string, message: Message): void {
    const { validator, incarnation, body } = message;
    if (body.type !== 'vote' && body.type !== 'proposal' && body.type !== 'timeout') return;
    const isHonest = this.#honest.has(speaker);
    const key = `${validator} ${incarnation}`;
    let said = this.#said.get(key);
    if (said === undefined) {
      said = { view: 0, timedOut: 0, votes: new Map() };
      this.#said.set(key, said);
    }
    if (body.type === 'timeout') {
      if (isHonest) said.timedOut = Math.max(said.timedOut, body.view);
      return;
    }
    const phase = body.type === 'vote' ? body.phase : 'PREPARE';
    const blockHash = hex(body.type === 'vote' ? body.blockHash : this.#note(body.block));
    if (phase === 'COMMIT') this.#onCommitVote(message, body.view, blockHash);
    if (!isHonest) return;

    const vote = `${body.view} ${phase}`;
    if (said.votes.has(vote)) this.#report(`${key} voted twice in view ${vote}`);
    said.votes.set(vote, blockHash);
    if (body.view < said.view) this.#report(`${key} voted in view ${body.view} after ${said.view}`);
    said.view = Math.max(said.view, body.view);
    if (body.view <= said.timedOut) this.#report(`${key} voted in view ${body.view} after timing it out`);
    if (body.view < (this.#logged.get(validator) ?? 0))
      this.#report(`${key} voted in view ${body.view}, and its log is ahead`);
  }

  /** Agreement among certificates that anyone could ever put together, in the log or not. */
  #onCommitVote(message: Message, view: number, blockHash: string): void {
    const index = this.#instance.set.indexOf(message.validator);
    const signed = statement(this.#instance, message.validator, message.incarnation, message.body);
    if (index < 0) return;
    if (!this.#scheme.verify(this.#instance.set.validators[index].publicKey, signed, message.signature)) return;
    const key = `${view} ${blockHash}`;
    const voters = this.#commits.get(key) ?? new Set();
    this.#commits.set(key, voters.add(message.validator));
    const block = this.#blocks.get(blockHash);
    if (voters.size >= this.#instance.set.quorum && block !== undefined)
      this.#onChain(block.height, blockHash, 'signatures');
  }

  /** A record was appended. */
  onAppended(message: Message): void {
    const { validator, incarnation, body, signature } = message;
    const index = this.#instance.set.indexOf(validator);
    if (index < 0) return;
    const blockHash =
      body.type === 'proposal' ? this.#note(body.block) : body.type === 'vote' ? body.blockHash : undefined;
    const signed = statement(this.#instance, validator, incarnation, body, blockHash);
    if (!this.#scheme.verify(this.#instance.set.validators[index].publicKey, signed, signature)) return;
    const current = this.#incarnations.get(validator) ?? 0;
    if (body.type === 'incarnation') {
      if (incarnation > current) this.#incarnations.set(validator, incarnation);
      return;
    }
    if (incarnation !== current || (body.type !== 'vote' && body.type !== 'proposal') || blockHash === undefined)
      return;
    const phase = body.type === 'vote' ? body.phase : 'PREPARE';
    this.#countable.add(`${validator} ${incarnation} ${phase} ${body.view} ${hex(blockHash)}`);
    if (!this.#honest.has(validator)) return;
    this.#logged.set(validator, Math.max(this.#logged.get(validator) ?? 0, body.view));
  }

  /** An honest replica committed. */
  onCommitted(validator: string, previousHeight: number, block: Block, certificate: Certificate): void {
    const blockHash = hex(this.#note(block));
    if (block.height !== previousHeight + 1)
      this.#report(`${validator} committed height ${block.height} after ${previousHeight}`);
    const below = this.#chain.get(block.height - 1);
    if (below !== undefined && hex(block.parent) !== below) this.#report(`height ${block.height} has another parent`);
    this.#onChain(block.height, blockHash, validator);
    const signers = new Set<string>();
    for (const vote of certificate.signatures) {
      signers.add(vote.validator);
      const key = `${vote.validator} ${vote.incarnation} COMMIT ${certificate.view} ${blockHash}`;
      if (!this.#countable.has(key))
        this.#report(`height ${block.height} was committed with a vote that did not count: ${key}`);
    }
    if (signers.size < this.#instance.set.quorum)
      this.#report(`height ${block.height} was committed by ${signers.size} validators`);
    for (const item of block.items) {
      const truth = this.#truth(item.offset);
      if (truth === undefined || truth.digest !== hex(item.digest) || truth.decidedMs !== item.decidedMs) {
        this.#report(`height ${block.height} decides what nobody proposed, at offset ${item.offset}`);
      } else if (!truth.verdicts.has(item.verdict)) {
        this.#report(`offset ${item.offset} was ${item.verdict}, which no honest check said`);
      }
    }
  }

  onDecision(decision: Decision): void {
    const { proposalOffset, height } = decision.certificate;
    const verification = verifyDecision(decision, this.#instance.set.validators, { scheme: this.#scheme });
    if (!verification.ok) this.#report(`a decision at height ${height} does not verify: ${verification.reason}`);
    const digest = hex(decision.proposal);
    if (this.#decidedOffsets.has(proposalOffset)) this.#report(`offset ${proposalOffset} was decided twice`);
    if (this.#decidedDigests.has(digest))
      this.#report(`a proposal was decided twice, the second time at offset ${proposalOffset}`);
    this.#decidedOffsets.add(proposalOffset);
    this.#decidedDigests.add(digest);
  }

  onEvidence(evidence: Equivocation): void {
    if (!verifyEquivocation(this.#instance, this.#scheme, evidence)) this.#report('evidence does not verify');
    if (this.#honest.has(evidence.validator)) this.#report(`${evidence.validator} is honest and was framed`);
  }

  onThrown(error: unknown): void {
    this.#report(`threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }

  require(holds: boolean, what: string): void {
    if (!holds) this.#report(what);
  }

  #onChain(height: number, blockHash: string, by: string): void {
    const known = this.#chain.get(height);
    if (known === undefined) this.#chain.set(height, blockHash);
    else if (known !== blockHash) this.#report(`two blocks at height ${height}, the second by ${by}`);
  }

  #note(block: Block): Uint8Array {
    let blockHash = this.#hashes.get(block);
    if (blockHash === undefined) {
      blockHash = hashBlock(this.#instance, block);
      this.#hashes.set(block, blockHash);
      this.#blocks.set(hex(blockHash), block);
    }
    return blockHash;
  }

  #report(violation: string): void {
    if (this.violations.length < 20) this.violations.push(violation);
  }
}
