// Control of the robot, which one viewer has at a time.
import { post } from "./api.js";

/** Take control if nobody has it; a person who acts wants it. */
export async function control(/** @type {any} */ desk) {
  const you = desk.viewers.find((/** @type {any} */ one) => one.is_you);
  if (!you?.is_controller) await post("/control");
}
