--- `:checkhealth astral`

local config = require("astral.config")
local server = require("astral.server")

local M = {}

local DOCTOR_MS = 20000

---@param command string[]
local function check_server(command)
  vim.health.ok(("server: `%s`"):format(table.concat(command, " ")))
  local asked = vim.list_extend(vim.deepcopy(command), { "doctor", "--json" })
  local started, done = pcall(function()
    return vim.system(asked, { text = true }):wait(DOCTOR_MS)
  end)
  if not started or done.code ~= 0 then
    local why = started and vim.trim(done.stderr or "") or tostring(done)
    return vim.health.error(("`%s` failed: %s"):format(table.concat(asked, " "), why), { "Run it in a terminal to see all it says." })
  end
  local parsed, report = pcall(vim.json.decode, done.stdout, { luanil = { object = true } })
  if not parsed then
    return vim.health.error("the server's report cannot be read", { "Is `cmd` really astral-lsp?" })
  end
  vim.health.info(("astral-lsp %s, Python %s"):format(report.version or "?", report.python or "?"))
  vim.health.info(("model: %s, on %s"):format(report.model or "none", report.model_runs_on or "?"))
  for _, degraded in ipairs(report.degraded or {}) do
    vim.health.warn(("%s: %s"):format(degraded.what, degraded.why))
  end
end

local function check_clients()
  local clients = vim.lsp.get_clients({ name = "astral" })
  if #clients == 0 then
    return vim.health.info("no server is running; it starts with the first Python file")
  end
  for _, client in ipairs(clients) do
    for _, line in ipairs(require("astral.status").lines(client)) do
      vim.health.info(line)
    end
  end
end

function M.check()
  vim.health.start("astral")
  if vim.fn.has("nvim-0.11") == 0 then
    return vim.health.error("Neovim 0.11 or later is needed")
  end
  local _, problems = config.read()
  for _, problem in ipairs(problems) do
    vim.health.warn(problem, { "`:help astral-options`" })
  end
  if vim.lsp.is_enabled("astral") then
    vim.health.ok("enabled")
  else
    vim.health.warn("not enabled", { 'Put `vim.lsp.enable("astral")` into your configuration.' })
  end
  vim.health.info(vim.lsp.inline_completion and "ghost text: `:help astral-ghost-text`" or "ghost text: needs Neovim 0.12")
  local command, why = server.command()
  if command then
    check_server(command)
  else
    vim.health.error(
      why,
      { "`pip install astral-lsp`, in an environment that is on PATH,", 'or `vim.g.astral = { cmd = { "…/bin/astral-lsp" } }`' }
    )
  end
  check_clients()
end

return M
