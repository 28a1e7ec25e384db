// Imported by the parts of the page that show texts of the settings.

import { enSettings } from "./en-settings.ts";
import { addEnglish } from "./texts.svelte.ts";

addEnglish(enSettings);
