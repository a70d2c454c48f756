// Validates HAR and CTRF with their published schemas, and TAP with its parser: `validate.mjs har|ctrf|tap FILE…`.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Parser } from "tap-parser";

const require = createRequire(import.meta.url);
const Ajv = require("ajv").default;
const addFormats = require("ajv-formats").default;

const text = (path) => readFileSync(path, "utf8");

// The schemas know keywords of their own, such as "optional", and HAR's are of an older draft.
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addMetaSchema(require("ajv/dist/refs/json-schema-draft-06.json"));

// What a schema finds wrong, `head` being a field without which nothing is a report.
const bySchema = (validate, head) => (path) => {
  const report = JSON.parse(text(path));
  const wrong = validate(report) ? [] : validate.errors.map((error) => `${error.instancePath} ${error.message}`);
  // What takes anything proves nothing.
  if (validate({ ...report, [head]: {} })) wrong.push(`the schema does not notice a report without ${head}`);
  return wrong;
};

const kinds = {
  har: () => {
    Object.values(require("har-schema")).filter((schema) => schema.$id).forEach((schema) => ajv.addSchema(schema));
    return bySchema(ajv.getSchema("har.json#"), "log");
  },
  ctrf: () => {
    const schema = new URL("node_modules/ctrf/dist/ctrf-schema-0.0.json", import.meta.url);
    return bySchema(ajv.compile(JSON.parse(text(schema))), "results");
  },
  tap: () => (path) => {
    const wrong = [];
    const parser = new Parser({ strict: true });
    // In a strict parser every line that is no TAP is a failure of its own kind.
    parser.on("complete", (results) => {
      results.failures.filter((failure) => failure.tapError).forEach((failure) => wrong.push(failure.tapError));
      if (results.count === 0 || results.count !== results.plan.end) wrong.push("the plan and the tests differ");
      const silent = results.failures.filter((failure) => !failure.tapError && !failure.diag?.message);
      silent.forEach((failure) => wrong.push(`the diagnosis of test ${failure.id} is not read`));
    });
    parser.end(text(path));
    return wrong;
  },
};

const [kind, ...paths] = process.argv.slice(2);
const validate = kinds[kind]();
const wrong = paths.flatMap((path) => validate(path).map((error) => `${path}: ${error}`));
wrong.slice(0, 20).forEach((error) => console.error(error));
process.exitCode = wrong.length > 0 || paths.length === 0 ? 1 : 0;
