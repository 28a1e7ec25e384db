import "./styles/base.css";
import { mount } from "svelte";
import { guardPage } from "./lib/page-guards.ts";
import App from "./ui/App.svelte";

guardPage();
const target = document.querySelector("#app");
if (target) mount(App, { target });
