/** The three steps at the top of the checkout page. */

export const STEPS = ["address", "payment", "confirm"] as const;

export type Step = (typeof STEPS)[number];

export interface StepView {
  step: Step;
  label: string;
  state: "done" | "current" | "ahead";
}

const LABELS: Record<Step, string> = {
  address: "Where to?",
  payment: "How to pay?",
  confirm: "All right?",
};

export function stepViews(current: Step): StepView[] {
  const at = STEPS.indexOf(current);
  return STEPS.map((step, index) => ({
    step,
    label: LABELS[step],
    state: index < at ? "done" : index === at ? "current" : "ahead",
  }));
}

/** The step after this one; the last stays. */
export function next(current: Step): Step {
  return STEPS[Math.min(STEPS.indexOf(current) + 1, STEPS.length - 1)] ?? current;
}

/** The step before this one; the first stays. */
export function back(current: Step): Step {
  return STEPS[Math.max(STEPS.indexOf(current) - 1, 0)] ?? current;
}
