/** The view that a replica is in, or on its way to (4.2, 4.4). view-changes.ts moves it; the others read it. */
import type { NewView } from './message.ts';

export interface CurrentView {
  readonly number: number;
  /** It has asked to leave the view before `number`, and has not entered `number`. */
  readonly isChanging: boolean;
  /** What it entered the view by; null in view 0, and on its way to another. */
  readonly newView: NewView | null;
  /** 4.2: replicas take turns. */
  primaryOf(view: number): number;
}

export class View implements CurrentView {
  readonly #replicas: number;
  #number = 0;
  #isChanging = false;
  #newView: NewView | null = null;

  constructor(replicas: number) {
    this.#replicas = replicas;
  }

  get number(): number {
    return this.#number;
  }

  get isChanging(): boolean {
    return this.#isChanging;
  }

  get newView(): NewView | null {
    return this.#newView;
  }

  primaryOf(view: number): number {
    return view % this.#replicas;
  }

  leaveFor(view: number): void {
    this.#number = view;
    this.#isChanging = true;
    this.#newView = null;
  }

  enter(newView: NewView): void {
    this.#number = newView.view;
    this.#isChanging = false;
    this.#newView = newView;
  }
}
