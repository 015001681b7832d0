--- Finding, starting and restarting the server; a clear word when that fails.

local config = require("astral.config")

local M = {}

M.MARKERS = { "pyproject.toml", "setup.cfg", "setup.py", "mypy.ini", ".git" }

local RESTART_MS = 5000
local HOW_TO_INSTALL = "Install it (`pip install astral-lsp`) or set `vim.g.astral = { cmd = {…} }`; `:checkhealth astral` says more."

---@param message string
---@param level? integer
local function say(message, level)
  vim.notify("astral: " .. message, level or vim.log.levels.INFO)
end

--- The server's command line, or why there is none.
---@return string[]? command
---@return string? why
function M.command()
  local given = config.read().cmd
  local command = given or { "astral-lsp" }
  if type(command[1]) ~= "string" or command[1] == "" then
    return nil, "`cmd` is empty."
  end
  if vim.fn.executable(command[1]) == 0 then
    local where = given and "cannot be executed" or "is not on PATH"
    return nil, ("the server cannot start: `%s` %s."):format(command[1], where)
  end
  return command
end

---@param dispatchers vim.lsp.rpc.Dispatchers
---@return vim.lsp.rpc.PublicClient
function M.start(dispatchers)
  local command, why = M.command()
  if not command then
    error(why)
  end
  return vim.lsp.rpc.start(command, dispatchers)
end

local told = {} ---@type table<string, true>

--- The workspace of a buffer; a server that cannot start is told about once, and the buffer is left alone.
---@param bufnr integer
---@param on_dir fun(root: string?)
function M.root_dir(bufnr, on_dir)
  local command, why = M.command()
  if command then
    on_dir(vim.fs.root(bufnr, M.MARKERS) or vim.fs.dirname(vim.api.nvim_buf_get_name(bufnr)))
  elseif not told[why] then
    told[why] = true
    vim.schedule(function()
      say(why .. " " .. HOW_TO_INSTALL, vim.log.levels.ERROR)
    end)
  end
end

---@param params lsp.InitializeParams
---@param client_config vim.lsp.ClientConfig
function M.before_init(params, client_config)
  local options, problems = config.read()
  for _, problem in ipairs(problems) do
    say(problem, vim.log.levels.WARN)
  end
  client_config.settings = vim.tbl_deep_extend("force", { astral = options.settings }, client_config.settings or {})
  params.initializationOptions = vim.tbl_deep_extend("force", {
    trusted = config.is_trusted(client_config.root_dir --[[@as string?]]),
    settings = client_config.settings.astral,
  }, params.initializationOptions or {})
end

--- Ask for the diagnostics of every buffer of a client again: the server knows more now. Neovim 0.11 pulls, but takes no refresh.
---@param client_id integer
---@return any answer
function M.pull_diagnostics(client_id)
  local client = vim.lsp.get_client_by_id(client_id)
  for bufnr in pairs(client and client.attached_buffers or {}) do
    client:request("textDocument/diagnostic", { textDocument = { uri = vim.uri_from_bufnr(bufnr) } }, nil, bufnr)
  end
  return vim.NIL
end

--- The server has ended. What nobody asked for is said, with the way back.
---@param code integer
---@param signal integer
---@param client_id integer
function M.on_exit(code, signal, client_id)
  vim.schedule(function()
    require("astral.forming").clear_all()
    require("astral.status").forget(client_id)
    if code ~= 0 or signal ~= 0 then
      local how = signal ~= 0 and ("signal " .. signal) or ("exit code " .. code)
      say(
        ("the server has ended (%s). `:Astral restart` starts it again; its log is %s"):format(how, vim.lsp.get_log_path()),
        vim.log.levels.ERROR
      )
    end
  end)
end

--- End the server, by force if it does not leave, and start it again for every Python buffer.
function M.restart()
  told = {}
  local clients = vim.lsp.get_clients({ name = "astral" })
  vim.lsp.enable("astral", false)
  local gone = function()
    return #vim.lsp.get_clients({ name = "astral" }) == 0
  end
  if not vim.wait(RESTART_MS, gone, 20) then
    for _, client in ipairs(clients) do
      client:stop(true)
    end
    vim.wait(RESTART_MS, gone, 20)
  end
  vim.lsp.enable("astral")
end

--- The client of a buffer. Without one, says why and what to do.
---@param bufnr integer
---@return vim.lsp.Client?
function M.client(bufnr)
  local client = vim.lsp.get_clients({ bufnr = bufnr, name = "astral" })[1]
  if client then
    return client
  end
  local command, why = M.command()
  if not command then
    say(why .. " " .. HOW_TO_INSTALL, vim.log.levels.ERROR)
  elseif not vim.lsp.is_enabled("astral") then
    say('the server is not enabled: put `vim.lsp.enable("astral")` into your configuration', vim.log.levels.WARN)
  elseif vim.bo[bufnr].filetype ~= "python" then
    say("this is not a Python file", vim.log.levels.WARN)
  else
    say("the server is not running in this buffer: `:Astral restart`", vim.log.levels.WARN)
  end
end

M.say = say

return M
