--- What the server last said of itself with `astral/status`.

local M = {}

---@class astral.Status
---@field types string `ready`, `cold` or `unavailable`.
---@field why string Why types are not ready.
---@field model string
---@field modelWhy string
---@field trusted boolean

local last = {} ---@type table<integer, astral.Status>

---@param status astral.Status
---@param client_id integer
function M.on_status(status, client_id)
  last[client_id] = status
  vim.api.nvim_exec_autocmds("User", { pattern = "AstralStatus", data = status })
  vim.cmd.redrawstatus()
end

---@param client_id integer
function M.forget(client_id)
  last[client_id] = nil
end

---@param client vim.lsp.Client
---@return astral.Status?
function M.of(client)
  return last[client.id]
end

---@param what string
---@param state string?
---@param why string?
local function line(what, state, why)
  local told = state or "not asked for yet"
  return (why and why ~= "") and ("%s: %s (%s)"):format(what, told, why) or ("%s: %s"):format(what, told)
end

--- Everything known of a client, one fact a line.
---@param client vim.lsp.Client
---@return string[]
function M.lines(client)
  local status = last[client.id] or {}
  local version = client.server_info and client.server_info.version or "of unknown version"
  local lines = {
    ("astral-lsp %s, workspace %s"):format(version, client.root_dir or "none"),
    line("types", status.types, status.why),
    line("model", status.model, status.modelWhy),
  }
  if status.trusted ~= nil then
    lines[#lines + 1] = status.trusted and "workspace: trusted" or "workspace: not trusted, nothing of it is run"
  end
  return lines
end

--- For a statusline: `astral`, with what is degraded; empty where the server is not attached.
---@param bufnr? integer
---@return string
function M.statusline(bufnr)
  local client = vim.lsp.get_clients({ bufnr = bufnr or 0, name = "astral" })[1]
  if not client then
    return ""
  end
  local status = last[client.id]
  if not status then
    return "astral"
  end
  local missing = {}
  if status.types == "unavailable" then
    missing[#missing + 1] = "no types"
  end
  if status.model == "unavailable" then
    missing[#missing + 1] = "no model"
  end
  return #missing == 0 and "astral" or ("astral: %s"):format(table.concat(missing, ", "))
end

return M
